/**
 * A TCP port of the loopback interface that nothing listens on. Another process may take it before
 * it is used: prefer port 0 and asking what it became, where the program can say so.
 */
export function findFreePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether something accepts connections on a port of the loopback interface. */
export async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
