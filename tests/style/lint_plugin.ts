export default { name: "olive", rules: {} } satisfies Deno.lint.Plugin;
