import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parseArguments } from '../../src/cli/arguments.ts'
import { allCommands } from '../../src/cli/commands.ts'
import { completionScript, SHELLS, type Shell } from '../../src/cli/completion-scripts.ts'
import { callOf, commandHelp, generalHelp, HELP } from '../../src/cli/help.ts'
import { manualPage } from '../../src/cli/manual-page.ts'
import { FAULT_MEANINGS, FAULT_NAMES } from '../../src/faults/words.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const commands = await allCommands()

test('help fits a terminal of 80 columns', t => {
  for (const text of [generalHelp(commands), ...commands.map(commandHelp)])
    t.deepEqual(
      text.split('\n').filter(line => line.length > 80),
      [],
    )
})

test('every command has examples, and what they call is there', t => {
  for (const command of commands) {
    t.true(command.examples.length > 0, command.name)
    for (const [call] of command.examples) {
      const [, words = ''] = /\btuntcp (.*)$/.exec(callOf(call)) ?? []
      const [name, ...rest] = words.split(/ [>|] /)[0]!.split(' ')
      const called = commands.find(each => each.name === name)
      t.truthy(called, call)
      if (called?.verbatim) continue
      t.notThrows(() => parseArguments({ options: { ...called!.options, help: HELP } }, rest), call)
    }
  }
})

test('every fault that the command line knows has a sentence', t => {
  t.deepEqual(Object.keys(FAULT_MEANINGS).sort(), [...FAULT_NAMES].sort())
})

test('the manual page has all commands and options, and no line of text is taken for a request', t => {
  const page = manualPage(commands, '1.2.3')
  for (const { name, options } of commands) {
    t.true(page.includes(`.B ${name}`), name)
    for (const option of Object.keys(options))
      t.true(page.includes(`\\-\\-${option.replaceAll('-', '\\-')}`), option)
  }
  const requests = page.split('\n').filter(line => /^[.']/.test(line))
  t.deepEqual(
    requests.filter(line => !/^\.(TH|SH|SS|TP|PP|B|nf|fi)\b/.test(line)),
    [],
  )
  const odd = { ...commands[0]!, description: ".so /etc/passwd\n\n'tis\n\nback\\slash" }
  const lines = manualPage([odd], '1').split('\n')
  t.true(['\\&.so /etc/passwd', "\\&'tis", 'back\\eslash'].every(line => lines.includes(line)))
})

const folder = mkdtempSync(join(tmpdir(), 'tuntcp-completion-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const scriptOf = (shell: Shell): string => {
  const path = join(folder, shell)
  writeFileSync(path, completionScript(shell, commands))
  return path
}

for (const shell of SHELLS)
  testUnless(missingTools(shell))(`completion: ${shell} can read it`, t => {
    t.notThrows(() => execFileSync(shell, ['-n', scriptOf(shell)], { encoding: 'utf8', stdio: 'pipe' }))
  })

/** The words that bash offers after these, the last of which is being typed. */
const offered = (...words: string[]): string[] => {
  const program = `source "$1"; shift; COMP_WORDS=(tuntcp "$@"); COMP_CWORD=$#; _tuntcp; printf '%s\\n' "\${COMPREPLY[@]}"`
  const said = execFileSync('bash', ['-c', program, 'bash', scriptOf('bash'), ...words], {
    encoding: 'utf8',
    cwd: folder,
  })
  return said.split('\n').filter(word => word !== '')
}

testUnless(missingTools('bash'))(
  'completion: commands, options, their values, experiments, faults, files',
  t => {
    t.deepEqual(offered('l'), ['lab'])
    t.deepEqual(offered('serve', '--log-l'), ['--log-level'])
    t.deepEqual(offered('serve', '--log-level', ''), ['silent', 'warn', 'info', 'debug', 'trace'])
    t.deepEqual(offered('lab', 'close-'), ['close-client', 'close-server', 'close-both', 'close-wait'])
    t.deepEqual(offered('fault', 'set', 'lo'), ['loss='])
    t.deepEqual(offered('explain', 'ba'), ['bash'])
    t.deepEqual(offered('serve', '--mtu', ''), [])
  },
)

testUnless(missingTools('fish'))('completion: fish offers the same', t => {
  const complete = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `source ${scriptOf('fish')}; complete -C '${line}'`], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, HOME: folder },
    })
      .split('\n')
      .filter(word => word !== '')
      .map(word => word.split('\t')[0]!)
  t.deepEqual(complete('tuntcp la'), ['lab'])
  t.deepEqual(complete('tuntcp serve --log-le'), ['--log-level'])
  t.deepEqual(complete('tuntcp lab close-w'), ['close-wait'])
})
