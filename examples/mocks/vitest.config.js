// A library that vitest does not transform gets Node's own modules, whatever is mocked.
export default { test: { include: ['*.vitest.test.js'], server: { deps: { inline: ['esm-client'] } } } }
