/** Port on which the master listens for members of the farm. */
export const DEFAULT_MASTER_PORT = 4747;
/** Port on which new machines join, open only while a token is outstanding. */
export const DEFAULT_ENROL_PORT = 4748;
