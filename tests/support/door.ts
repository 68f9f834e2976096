import { type CertificateGuard, createCertificateGuard } from "../../certs/mod.ts";
import { type Clock, createSystemClock, type DomainError } from "../../mod/core/mod.ts";
import {
  createMtlsFetch,
  type IdentityPem,
  listenMtls,
  type ListenMtlsOptions,
  type MtlsEnv,
  type MtlsListener,
} from "../../mod/tls/mod.ts";
import type { TestFarm, TestIdentity } from "./pki.ts";

/** The system's clock, moved by a test. */
export class ShiftedClock implements Clock {
  /** How far it is ahead, milliseconds. */
  shiftMs = 0;
  readonly #system = createSystemClock();

  /** See `Clock.nowMs`. */
  nowMs(): number {
    return this.#system.nowMs() + this.shiftMs;
  }

  /** See `Clock.monotonicMs`. */
  monotonicMs(): number {
    return this.#system.monotonicMs();
  }

  /** See `Clock.sleep`. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#system.sleep(delayMs, signal);
  }
}

/** A master's door on a free port, and what came through it. */
export interface Door extends AsyncDisposable {
  readonly guard: CertificateGuard;
  readonly clock: ShiftedClock;
  readonly listener: MtlsListener;
  /** One entry for each request that reached the handler. */
  readonly seen: readonly MtlsEnv[];
  /** One entry for each request that the guard refused. */
  readonly refusals: readonly DomainError[];
  /** One request on a connection of its own; its body is read. */
  get(identity: IdentityPem): Promise<Response>;
}

/** Opens a door for these members. */
export async function openDoor(
  farm: TestFarm,
  members: readonly TestIdentity[],
  options: Partial<ListenMtlsOptions> = {},
): Promise<Door> {
  const clock = new ShiftedClock();
  const seen: MtlsEnv[] = [];
  const refusals: DomainError[] = [];
  const guard = createCertificateGuard({ records: members.map(({ record }) => record), clock });
  const listener = await listenMtls({
    hostname: "127.0.0.1",
    port: 0,
    identity: await farm.issue({ role: "master" }),
    guard,
    handler: (_request, env) => {
      seen.push(env);
      return Response.json({ identity: env.identity, remoteAddress: env.remoteAddress });
    },
    onRefused: ({ error }) => refusals.push(error),
    ...options,
  });
  return {
    guard,
    clock,
    listener,
    seen,
    refusals,
    get: (identity) => getOnce(listener.url, identity),
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

/** One request on a connection of its own; its body is read. */
export async function getOnce(url: string, identity: IdentityPem): Promise<Response> {
  const client = createMtlsFetch(identity);
  try {
    const response = await client.fetch(url);
    const body = await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  } finally {
    client.close();
  }
}
