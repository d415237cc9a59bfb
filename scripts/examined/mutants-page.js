/** docs/examine-mutants.md: which broken rules the checks of `tuntcp examine` notice, and which checks notice which. */
import { checkIds } from '../../dist/src/examine/examine.js'
import { table } from '../markdown.js'

const code = text => `\`${text}\``

/** The checks that notice something, with the places of the rules that they notice. */
const places = outcomes => {
  const noticing = new Map()
  for (const { rule, noticedBy } of outcomes)
    for (const id of noticedBy) noticing.set(id, [...(noticing.get(id) ?? []), rule.file])
  return noticing
}

/** @param outcomes of each broken rule: the rule, the checks that differ, and a sentence */
export const mutantsPage = outcomes => {
  const noticed = outcomes.filter(({ noticedBy }) => noticedBy.length > 0)
  const noticing = places(outcomes)
  const never = checkIds().filter(id => !noticing.has(id))
  const lines = [
    '# Are the checks right?',
    '',
    '<!-- Written by npm run examine-mutants -- --write. -->',
    '',
    `Each check of \`tuntcp examine\` ([examine.md](examine.md)) must notice when its rule is broken. So one rule of this TCP after the`,
    `other was broken by one change of its code, and what was left of it was examined with all ${checkIds().length} checks, in virtual time.`,
    '',
    `**${noticed.length} of ${outcomes.length} broken rules are noticed from outside**, each by a check that differs where it held before. **${noticing.size} of`,
    `${checkIds().length} checks notice at least one**${never.length === 0 ? '' : `; these none: ${never.join(', ')}`}.`,
    '',
    'Where our TCP as it comes does otherwise than a check asks, it was set up to follow it: a reset ends TIME-WAIT, segments without',
    'the timestamps that were agreed on are dropped, and there is accurate ECN.',
    '',
    '## Broken rules, and the checks that notice them',
    '',
    'Names such as SA-23 are rows of [requirements.md](requirements.md); others are those of checks.',
    '',
    ...table([
      ['rule', 'broken in', 'noticed by'],
      ...outcomes.map(({ rule, says }) => [
        rule.ids,
        code(`src/${rule.file}.ts`),
        says.replaceAll('|', '\\|'),
      ]),
    ]),
  ]
  return `${lines.join('\n')}\n`
}
