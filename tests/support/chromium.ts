/**
 * A page in a real browser: Debian's headless Chromium, controlled over a pipe (Chrome DevTools
 * Protocol), so that neither side needs the network.
 *
 * @module
 */

/** An event message of the browser. */
interface BrowserEvent {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** An open page and the record of its events. */
export interface Page {
  /** The URLs of all requests, including files and data URLs. */
  readonly requests: string[];
  /** Console messages, uncaught errors, violations of the page's security policy. */
  readonly complaints: string[];
  /** Evaluates an expression in the page and returns its value. */
  evaluate(expression: string): Promise<unknown>;
  /** Sends a command of the protocol. */
  send(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

const NAMES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser's path; `undefined` if none is installed. */
export function findChromium(): string | undefined {
  return NAMES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The switch of pages that need no GPU. */
const WITHOUT_GPU: readonly string[] = ["--disable-gpu"];

/**
 * Opens a page, waits until it is loaded, and passes it to `use`. `profile` is an empty folder,
 * `gpu` the browser's switches that say which GPU the page sees, `prepare` is called before the
 * page is there.
 */
export async function withPage<Result>(
  browser: string,
  profile: string,
  url: string,
  use: (page: Page) => Promise<Result>,
  gpu: readonly string[] = WITHOUT_GPU,
  prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
): Promise<Result> {
  // The pipe uses the file descriptors 3 (in) and 4 (out).
  const flags = [
    "--headless=new",
    "--no-sandbox",
    ...gpu,
    "--remote-debugging-pipe",
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 3<&0 4>&1 2>/dev/null', "sh", browser, ...flags],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const connection = new Connection(child);
  try {
    const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await connection.send("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    const send = (method: string, params = {}) =>
      connection.send(method, params, sessionId as string);
    const page: Page = {
      requests: [],
      complaints: [],
      send,
      async evaluate(expression) {
        const options = { expression, returnByValue: true, awaitPromise: true };
        const { result, exceptionDetails } = await send("Runtime.evaluate", options);
        if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
        return (result as { value?: unknown }).value;
      },
    };
    const loaded = Promise.withResolvers<void>();
    connection.onEvent = ({ method, params }) => {
      if (method === "Page.loadEventFired") loaded.resolve();
      if (method === "Network.requestWillBeSent") {
        page.requests.push((params.request as { url: string }).url);
      }
      if (/^(Runtime\.(consoleAPICalled|exceptionThrown)|Log\.entryAdded)$/.test(method)) {
        page.complaints.push(JSON.stringify(params));
      }
    };
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(`${domain}.enable`);
    await prepare(page);
    await send("Page.navigate", { url });
    await loaded.promise;
    return await use(page);
  } finally {
    await connection.close();
  }
}

/**
 * Sends an input until a condition holds; a busy browser may drop one, or answer before it acted.
 */
export async function until(
  page: Page,
  condition: string,
  input: () => Promise<void>,
): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await input();
    for (let wait = 0; wait < 50; wait++) {
      if (await page.evaluate(condition) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`after a click or a key it is still not true that ${condition}`);
}

class Connection {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #reading: Promise<void>;
  #last = 0;
  onEvent: (event: BrowserEvent) => void = () => {};

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read(child.stdout);
  }

  async send(
    method: string,
    params: Record<string, unknown> = {},
    sessionId?: string,
  ): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, answer);
    const text = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) });
    await this.#writer.write(new TextEncoder().encode(`${text}\0`));
    return await answer.promise;
  }

  async close(): Promise<void> {
    // The browser may end before it answers.
    this.send("Browser.close").catch(() => {});
    await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
  }

  /** Messages are JSON, each ended by a zero byte. */
  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const messages = (rest + text).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#take(JSON.parse(message));
    }
    const ended = new Error("the browser has ended");
    for (const { promise, reject } of this.#waiting.values()) {
      promise.catch(() => {});
      reject(ended);
    }
  }

  #take(
    message: { id?: number; error?: unknown; result?: Record<string, unknown> } & BrowserEvent,
  ) {
    if (message.id === undefined) return this.onEvent(message);
    const answer = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) answer?.resolve(message.result ?? {});
    else answer?.reject(new Error(JSON.stringify(message.error)));
  }
}
