import { errorMessages } from "./rules/error_messages.ts";
import { exportedDocs } from "./rules/exported_docs.ts";
import { exportedFunctions } from "./rules/exported_functions.ts";
import { fileNames } from "./rules/file_names.ts";
import { fileSize } from "./rules/file_size.ts";
import { functionSize } from "./rules/function_size.ts";
import { imports } from "./rules/imports.ts";
import { onlyHere } from "./rules/only_here.ts";
import { positionalParameters } from "./rules/positional_parameters.ts";
import { privateKeyword } from "./rules/private_keyword.ts";

/** The house style that Deno's own rules do not know. One file per rule; `deno.json` loads it. */
export default {
  name: "olive",
  rules: {
    "imports": imports,
    "only-here": onlyHere,
    "file-size": fileSize,
    "file-names": fileNames,
    "function-size": functionSize,
    "exported-functions": exportedFunctions,
    "exported-docs": exportedDocs,
    "positional-parameters": positionalParameters,
    "private-keyword": privateKeyword,
    "error-messages": errorMessages,
  },
} satisfies Deno.lint.Plugin;
