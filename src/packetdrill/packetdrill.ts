/**
 * Packetdrill scripts against the stack, in virtual time: reads and runs them from their text.
 * @module tuntcp/packetdrill
 */
import { checkOptions, FUNCTION, type KindsOf, OBJECT, orNull } from '../wire/option-kinds.ts'
import type { Script } from './ast.ts'
import { type Config, configure, definesOf, type IpVersion } from './config.ts'
import type { Defines } from './lexer.ts'
import type { Outcome } from './outcome.ts'
import { parseScript } from './parser.ts'
import { type RunOptions, runScript } from './runner.ts'
import type { ReadFile } from './shell.ts'

export type { Outcome } from './outcome.ts'
export { ScriptError } from './script-error.ts'

/** Options of {@link packetdrill}. */
export interface PacketdrillOptions {
  /** Over the script's own settings. */
  readonly config?: Partial<Config>
  /** Symbols, beside those that run_all.py defines. */
  readonly defines?: Defines
  readonly readFile?: ReadFile
  readonly trace?: RunOptions['trace']
}

const OPTIONS: KindsOf<PacketdrillOptions> = {
  config: OBJECT,
  defines: OBJECT,
  readFile: FUNCTION,
  trace: orNull(FUNCTION),
}

/**
 * Runs the script `text` that stands in `file`.
 * @throws ScriptError when it cannot be read
 */
export const packetdrill = (file: string, text: string, options: PacketdrillOptions = {}): Outcome => {
  checkOptions('options', options, OPTIONS)
  const { config = {}, defines = new Map(), readFile = () => null, trace = null } = options
  const parse = (version: IpVersion) => parseScript(file, text, new Map([...definesOf(version), ...defines]))
  const expected = config.ipVersion ?? 'ipv4'
  const script = parse(expected)
  const version = versionOf(script, config) ?? expected
  return runScript(version === expected ? script : parse(version), { config, readFile, trace })
}

/** The version of IP that a script asks for; null where its options are wrong, which it will be told when it runs. */
const versionOf = (script: Script, config: Partial<Config>): IpVersion | null => {
  try {
    return configure(script.options, config).ipVersion
  } catch {
    return null
  }
}
