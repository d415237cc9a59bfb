/** The interface of controllers, beside the editor: its source's own words. */
import { interfaces } from 'generated:controller-interface'
import type { EditorWords } from './words.ts'

/** The members of the interfaces, to be completed while one writes. */
export const completions = interfaces.flatMap(({ name, members }) =>
  members.map(member => ({
    label: member.name,
    type: member.signature.includes('(') ? 'method' : 'property',
    detail: name,
    info: `${member.signature}\n${member.says}`,
  })),
)

/** The one to be written first, and then those that it is given. */
const ORDER = ['CongestionControl', 'AckSample', 'LostSegment']

export const InterfaceDocs = ({ words }: { readonly words: EditorWords }) => (
  <section class="interface" aria-label={words.docs} lang="en">
    <h2>{words.docs}</h2>
    {ORDER.flatMap(name => interfaces.filter(each => each.name === name)).map(
      ({ name, says, members }, i) => (
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
      ),
    )}
  </section>
)
