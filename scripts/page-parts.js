// Common parts of the pages that are built: the bundling of their scripts, and the document around them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Options of esbuild for a script of a page. */
export const BUNDLE = {
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  charset: 'utf8',
  write: false,
  logLevel: 'warning',
}

/** A text of a script as it may stand in a document: an end tag within it would end the script. */
export const inline = script => script.replaceAll('</script', '<\\/script')

const plots = readFileSync(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8')

/** A document whose body is made by its scripts. @param body the scripts, and what is there without them */
export const documentOf = ({ title, style, head = '', body }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head}<style>${plots}${style}</style>
</head>
<body>
${body}
</body>
</html>
`
