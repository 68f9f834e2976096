/** What a {@linkcode FaultProxy} did so far: the proof that a fault happened. */
export interface ProxyCounts {
  /** Connections accepted. */
  readonly connections: number;
  /** Bytes passed on, both directions. */
  readonly passedBytes: number;
  /** Bytes taken and never passed on. */
  readonly swallowedBytes: number;
  /** Pieces that were held back. */
  readonly delayedPieces: number;
  /** Connections ended by {@linkcode FaultProxy.cut}, or on arrival while refusing. */
  readonly cutConnections: number;
}

type Mode = "pass" | "blackhole" | "refuse";

/** A TCP proxy on the loopback interface that breaks on demand. Point a client at `port`. */
export class FaultProxy implements AsyncDisposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  readonly #targetPort: number;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #pumps = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #counts = {
    connections: 0,
    passedBytes: 0,
    swallowedBytes: 0,
    delayedPieces: 0,
    cutConnections: 0,
  };
  readonly #closing = new AbortController();
  #mode: Mode = "pass";
  #delayMs = 0;

  /** @param targetPort Port on 127.0.0.1 to pass connections on to; it may open later. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** What happened so far. */
  get counts(): ProxyCounts {
    return { ...this.#counts };
  }

  /** Passes everything on, with a delay for each piece. What a black hole took stays lost. */
  pass(options: { readonly delayMs?: number } = {}): void {
    this.#mode = "pass";
    this.#delayMs = options.delayMs ?? 0;
  }

  /**
   * From now on nothing arrives on either side and nobody is told: what a pulled cable or a sleeping
   * laptop looks like. New connections are accepted and stay silent.
   */
  blackhole(): void {
    this.#mode = "blackhole";
  }

  /** Ends new connections as they arrive; open ones go on. */
  refuse(): void {
    this.#mode = "refuse";
  }

  /** Ends every open connection on both sides. Returns how many connections of clients that were. */
  cut(): number {
    const ends = this.#open.size;
    for (const connection of this.#open) closeQuietly(connection);
    this.#open.clear();
    const cut = Math.ceil(ends / 2);
    this.#counts.cutConnections += cut;
    return cut;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    await this.#accepting;
    await Promise.all(this.#pumps);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#counts.connections++;
      if (this.#mode === "refuse") {
        this.#counts.cutConnections++;
        closeQuietly(client);
        continue;
      }
      const pump = this.#serve(client);
      this.#pumps.add(pump);
      pump.finally(() => this.#pumps.delete(pump));
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
      if (this.#closing.signal.aborted) return closeQuietly(server);
      this.#open.add(server);
      try {
        await Promise.all([this.#copy(client, server), this.#copy(server, client)]);
      } finally {
        this.#forget(server);
      }
    } catch {
      // The target is not there: the client sees its connection end.
    } finally {
      this.#forget(client);
    }
  }

  /** Passes one direction on until its source ends, and then tells the other side so. */
  async #copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const length = await from.read(buffer);
        if (length === null) break;
        await this.#forward(buffer.slice(0, length), to);
      }
      if (this.#mode !== "blackhole") await to.closeWrite();
    } catch {
      // A connection that was cut ends both directions.
      this.#forget(from);
      this.#forget(to);
    }
  }

  async #forward(piece: Uint8Array, to: Deno.TcpConn): Promise<void> {
    if (this.#delayMs > 0) {
      this.#counts.delayedPieces++;
      await this.#pause(this.#delayMs);
    }
    if (this.#mode === "blackhole") {
      this.#counts.swallowedBytes += piece.length;
      return;
    }
    for (let offset = 0; offset < piece.length;) {
      offset += await to.write(piece.subarray(offset));
    }
    this.#counts.passedBytes += piece.length;
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const { signal } = this.#closing;
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  }

  #forget(connection: Deno.TcpConn): void {
    this.#open.delete(connection);
    closeQuietly(connection);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
