import { DomainError } from "../mod/core/mod.ts";
import {
  addHost,
  initializeFarm,
  joinThisMachine,
  listCertificates,
  makeToken,
  renewOwn,
  revoke,
} from "./certs_actions.ts";
import type { Command, CommandIo } from "./command.ts";
import { type Flags, type FlagSpecs, nearest, readFlags } from "./flags.ts";

const FLAGS: FlagSpecs = {
  "state-dir": { kind: "text" },
  database: { kind: "text" },
  name: { kind: "text" },
  person: { kind: "text" },
  host: { kind: "list" },
  url: { kind: "text" },
  "enrol-port": { kind: "text" },
  role: { kind: "text" },
  ttl: { kind: "text" },
  out: { kind: "text" },
  scp: { kind: "text" },
  reason: { kind: "text" },
  json: { kind: "switch" },
};

type Action = (flags: Flags, io: CommandIo) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  init: initializeFarm,
  add: addHost,
  token: makeToken,
  join: joinThisMachine,
  list: listCertificates,
  revoke,
  renew: renewOwn,
};

/** `olive certs` */
export const certsCommand: Command = {
  name: "certs",
  summary: "Certificates: init, add, token, join, list, revoke, renew",
  usage: `Usage: olive certs ACTION [OPTIONS]

Who belongs to the farm. On the master's machine:
  init            Make the farm: its authority, the master's certificate, one for a worker on this
                  machine and one for you. A second time it says what is there
  token           Make one line to paste on a new machine (single use, expires)
  add HOST        Make a folder with key and certificate for a host, to copy by hand or with --scp;
                  token is better: the key never leaves the new machine
  list            Show all certificates
  revoke TARGET   Shut out a holder by name, or one certificate by its fingerprint, at once
On the new machine:
  join TOKEN      Make a key here and have the master sign it
  renew           Renew this machine's certificates now (they renew by themselves while in use)

  --state-dir DIR   Where all of it is kept (default: $XDG_STATE_HOME/olive, ~/.local/state/olive)
  --database URL    The farm's database, if it is not in the state folder
  --name NAME       Name of this machine (init, join) or of the certificate (token)
  --person NAME     Your name in the admin certificate (init)
  --host HOST       Name or address under which others reach the master (init; repeatable)
  --url URL         https://HOST:PORT of the master as the new machine reaches it (init, add, token)
  --enrol-port N    Port at which new machines join (token; default 4748)
  --role ROLE       worker (default), client or admin (token)
  --ttl MINUTES     Life of the token, 1 to 10080 (default 60)
  --out DIR         Where to put the folder (add; default: here)
  --scp TARGET      Copy the folder to user@host (add)
  --reason TEXT     Why (revoke)
  --json            Output for programs

Examples:
  olive certs init --host 192.168.1.10
  olive certs token --url https://192.168.1.10:4747
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    const [name] = flags.operands;
    const action = name === undefined ? undefined : ACTIONS[name];
    if (action !== undefined) return await action(flags, io);
    const near = nearest(name ?? "", Object.keys(ACTIONS));
    throw new DomainError(
      "usage",
      name === undefined
        ? "Cannot tell what to do: no action given"
        : `Unknown action ${JSON.stringify(name)}`,
      {
        hint: near === undefined ? "See: olive certs --help" : `Did you mean: olive certs ${near}`,
      },
    );
  },
};
