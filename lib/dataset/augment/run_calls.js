// A thread that runs calls of kernels; batch_maker.ts starts it from this text.
//
// The first message has the module and the memory, each has a list of calls. Their results lie in
// the memory, so the answer is empty, or the text of an error.

let kernels;

globalThis.onmessage = ({ data: { module, memory, list } }) => {
  try {
    kernels ??= new WebAssembly.Instance(module, { env: { memory } }).exports;
    for (const [name, args] of list) kernels[name](...args);
    globalThis.postMessage("");
  } catch (error) {
    globalThis.postMessage(String(error));
  }
};
