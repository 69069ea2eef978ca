/**
 * A peer: another program that runs the same network, in a separate process (see serve.mjs).
 *
 * @module
 */

/** The command of a peer; the folder and the number of threads follow `command`. */
export interface PeerSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** Arguments after the number of threads. */
  readonly more?: readonly string[];
}

const HERE = new URL(".", import.meta.url).pathname;

export const PEERS: readonly PeerSpec[] = [
  { name: "PyTorch", command: ["/usr/bin/python3", `${HERE}pytorch.py`] },
  { name: "onnxruntime-node", command: ["node", `${HERE}onnxruntime.mjs`], more: ["node"] },
  { name: "onnxruntime-web", command: ["node", `${HERE}onnxruntime.mjs`], more: ["web"] },
  { name: "tfjs-backend-wasm", command: ["node", `${HERE}tfjs.mjs`] },
];

/** A peer's answer to one run. */
export interface Answer {
  readonly ms: number;
  /** The loss before a training step. */
  readonly loss?: number;
  /** The file of the logits. */
  readonly output?: string;
}

/** Thrown when a peer is missing or cannot run a workload; the message has the reason. */
export class PeerMissing extends Error {
  override name = "PeerMissing";
}

/** A running peer. */
export class Peer {
  /** Name, version and threads. */
  title = "";
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** The last line on standard error, the reason if the peer ends. */
  #lastWord = "no reason given";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#lines = linesOf(child.stdout);
    this.#writer = child.stdin.getWriter();
    this.#listen(child.stderr);
  }

  /**
   * Starts a peer on a folder.
   *
   * @throws {PeerMissing} when the peer is missing or cannot run the workload.
   */
  static async start(spec: PeerSpec, folder: string, threads: number): Promise<Peer> {
    const [program, ...args] = [...spec.command, folder, `${threads}`, ...(spec.more ?? [])];
    let child;
    try {
      child = new Deno.Command(program, {
        args,
        env: { OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new PeerMissing(`${program} does not start: ${(error as Error).message}`);
    }
    const peer = new Peer(child);
    const { ready, missing } = await peer.#next();
    if (ready === undefined) {
      await peer.close();
      throw new PeerMissing(String(missing));
    }
    peer.title = String(ready);
    return peer;
  }

  /** One forward pass or training step. */
  async run(): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode("run\n"));
    return await this.#next() as unknown as Answer;
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.return(undefined);
    await this.#child.status;
  }

  async #listen(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const line of linesOf(stderr)) {
      if (/error/i.test(line)) this.#lastWord = line.trim();
    }
  }

  /** The next message. Lines that are not JSON are output of the peer's libraries. */
  async #next(): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new PeerMissing(`ended without an answer: ${this.#lastWord}`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
