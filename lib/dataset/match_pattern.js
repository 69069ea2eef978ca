// Matches a regular expression against texts, in a worker: some expressions take longer than anyone
// waits, and only a worker can be ended meanwhile (patient_pattern.ts).

globalThis.onmessage = ({ data: { pattern, texts } }) => {
  try {
    const expression = new RegExp(pattern, "u");
    const found = texts.map((text) => {
      const match = expression.exec(text);
      return match === null ? null : match[1] ?? match[0];
    });
    globalThis.postMessage({ found });
  } catch (error) {
    globalThis.postMessage({ why: String(error.message) });
  }
};
