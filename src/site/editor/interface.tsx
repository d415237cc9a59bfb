/** The interface of controllers, beside the editor: its source's own words, or those of another language. */
import { interfaces } from 'generated:controller-interface'
import { type Language, useLanguage } from '../words/words.ts'
import { INTERFACES_ZH } from './interface-zh.ts'
import type { EditorWords } from './words.ts'

type Interface = (typeof interfaces)[number]

const inChinese = (each: Interface): Interface => {
  const said = INTERFACES_ZH[each.name]
  if (said === undefined) return each
  const members = each.members.map(member => ({
    ...member,
    says: said.members[member.name] ?? member.says,
  }))
  return { ...each, says: said.says, members }
}

const INTERFACES: Readonly<Record<Language, readonly Interface[]>> = {
  en: interfaces,
  zh: interfaces.map(inChinese),
}

/** The members of the interfaces, to be completed while one writes. */
export const completionsIn = (language: Language) =>
  INTERFACES[language].flatMap(({ name, members }) =>
    members.map(member => ({
      label: member.name,
      type: member.signature.includes('(') ? 'method' : 'property',
      detail: name,
      info: `${member.signature}\n${member.says}`,
    })),
  )

/** The one to be written first, and then those that it is given. */
const ORDER = ['CongestionControl', 'AckSample', 'LostSegment']

export const InterfaceDocs = ({ words }: { readonly words: EditorWords }) => {
  const all = INTERFACES[useLanguage()]
  return (
    <section class="interface" aria-label={words.docs}>
      <h2>{words.docs}</h2>
      {ORDER.flatMap(name => all.filter(each => each.name === name)).map(({ name, says, members }, i) => (
        <details key={name} open={i === 0}>
          <summary>
            <code>{name}</code>
          </summary>
          <p class="lead">{says}</p>
          <dl>
            {members.map(member => (
              <div key={member.name}>
                <dt>
                  <code>{member.signature}</code>
                </dt>
                <dd>{member.says}</dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
    </section>
  )
}
