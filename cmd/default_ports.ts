/** Port on which the master listens for members of the farm. */
export const DEFAULT_MASTER_PORT = 4747;
/** Port on which new machines join, open only while a token is outstanding. */
export const DEFAULT_ENROL_PORT = 4748;
/** Names of a master that only its own machine reaches. */
export const DEFAULT_HOSTS_LOCAL: readonly string[] = ["localhost", "127.0.0.1"];
