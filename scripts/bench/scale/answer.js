/** The way in which a program of ours reports: `begin`, then its one report, as lines of JSON on descriptor 3. */
import { writeSync } from 'node:fs'
import process from 'node:process'

const answer = report => writeSync(3, `${JSON.stringify(report)}\n`)

/** The settings of the command line: `seconds=3 connections=10` as numbers. */
export const settings = () =>
  Object.fromEntries(
    process.argv.slice(2).map(word => {
      const [name, value] = word.split('=')
      return [name, Number(value)]
    }),
  )

/** Measures, reports and ends. */
export const run = async measure => {
  try {
    answer({ begin: true })
    answer(await measure(settings()))
  } catch (error) {
    answer({ error: error.stack })
  }
  process.exit()
}
