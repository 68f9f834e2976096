import { assert, assertEquals } from "@std/assert";
import { until } from "../../mod/testing/mod.ts";
import { FaultProxy } from "./proxy.ts";

/** A server that sends back what it gets, for as long as the block lasts. */
class EchoServer implements AsyncDisposable {
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void>;

  constructor() {
    this.port = this.#listener.addr.port;
    this.#done = this.#serve();
  }

  async #serve(): Promise<void> {
    const echoes: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      echoes.push(connection.readable.pipeTo(connection.writable).catch(() => undefined));
    }
    await Promise.all(echoes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

async function connect(port: number): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port });
}

async function send(connection: Deno.TcpConn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

/** The next text that arrives, `undefined` for the end of the connection. */
async function receive(connection: Deno.TcpConn): Promise<string | undefined> {
  const buffer = new Uint8Array(100);
  const length = await connection.read(buffer).catch(() => null);
  return length === null ? undefined : new TextDecoder().decode(buffer.subarray(0, length));
}

Deno.test("FaultProxy passes both directions on and counts", async () => {
  await using server = new EchoServer();
  await using proxy = new FaultProxy(server.port);
  using client = await connect(proxy.port);
  await send(client, "hello");
  assertEquals(await receive(client), "hello");
  await until(() => proxy.counts.passedBytes === 10, { what: "both directions to be counted" });
  assertEquals(proxy.counts.connections, 1);
});

Deno.test("FaultProxy.blackhole() swallows on an open connection without ending it", async () => {
  await using server = new EchoServer();
  await using proxy = new FaultProxy(server.port);
  using client = await connect(proxy.port);
  proxy.blackhole();
  await send(client, "lost");
  await until(() => proxy.counts.swallowedBytes === 4, { what: "the bytes to be swallowed" });
  proxy.pass();
  await send(client, "back");
  assertEquals(await receive(client), "back");
});

Deno.test("FaultProxy.cut() ends the connections that are open", async () => {
  await using server = new EchoServer();
  await using proxy = new FaultProxy(server.port);
  using client = await connect(proxy.port);
  await send(client, "x");
  assertEquals(await receive(client), "x");
  assertEquals(proxy.cut(), 1);
  assertEquals(await receive(client), undefined);
  assertEquals(proxy.counts.cutConnections, 1);
});

Deno.test("FaultProxy.refuse() ends a new connection at once", async () => {
  await using server = new EchoServer();
  await using proxy = new FaultProxy(server.port);
  proxy.refuse();
  using client = await connect(proxy.port);
  assertEquals(await receive(client), undefined);
  assertEquals(proxy.counts.cutConnections, 1);
});

Deno.test("FaultProxy.pass() holds each piece back for the delay", async () => {
  await using server = new EchoServer();
  await using proxy = new FaultProxy(server.port);
  proxy.pass({ delayMs: 20 });
  using client = await connect(proxy.port);
  const startedMs = performance.now();
  await send(client, "slow");
  assertEquals(await receive(client), "slow");
  assert(performance.now() - startedMs >= 38, "two directions of 20 ms each");
  assertEquals(proxy.counts.delayedPieces, 2);
});

Deno.test("FaultProxy ends the client's connection when the target is not there", async () => {
  const server = new EchoServer();
  await server[Symbol.asyncDispose]();
  await using proxy = new FaultProxy(server.port);
  using client = await connect(proxy.port);
  assertEquals(await receive(client), undefined);
});
