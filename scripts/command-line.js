/** The command lines of scripts. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** The comment that a script begins with, as text. */
const aboutOf = path =>
  /\/\*\*\n([\s\S]*?)\n \*\//
    .exec(readFileSync(path, 'utf8'))[1]
    .split('\n')
    .map(line => line.replace(/^ \* ?/, ''))
    .join('\n')

/**
 * The options and operands that a script was given. Its help is the comment that it begins with; a mistake costs one line and exit
 * code 2.
 * @param url import.meta.url of the script, `npm run` knows it by the name of its file
 * @param options as parseArgs has them
 */
export const commandLine = (url, options) => {
  const path = fileURLToPath(url)
  const name = basename(path, '.js')
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { ...options, help: { type: 'boolean', default: false } },
    })
    if (!values.help) return { values, positionals }
  } catch (error) {
    const [what] = error.message.split('. ')
    console.error(`${name}: ${what}; see npm run ${name} -- --help`)
    process.exit(2)
  }
  console.log(aboutOf(path))
  process.exit(0)
}
