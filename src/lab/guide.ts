/** Puts ladders into the pages of the guide, so that none is drawn by hand. */

/** `<!-- ladder 1-8 20-24 -->`: rows from 1, the ends included; what stands up to the end mark is replaced. */
const PLACE = /<!-- ladder ([\d\- ]+) -->\n(?:.*?\n)??<!-- \/ladder -->/gs

const rowsOf = (text: string, lines: readonly string[]): string[] =>
  text.split(' ').map(range => {
    const found = /^(\d+)-(\d+)$/.exec(range)
    const [from, to] = [Number(found?.[1]), Number(found?.[2])]
    if (!(from >= 1 && from <= to && to <= lines.length))
      throw new RangeError(`there are no rows '${range}' in a ladder of ${lines.length}`)
    return lines.slice(from - 1, to).join('\n')
  })

/**
 * The page with the ladder's rows at the places that ask for them.
 * @param ladder as the tool prints it: a line of names, and the rows
 * @throws RangeError for rows that it does not have
 */
export const withLadder = (page: string, ladder: string): string => {
  const [names = '', ...rows] = ladder.split('\n')
  return page.replace(PLACE, (_, ranges: string) => {
    const parts = rowsOf(ranges, rows)
    const last = Number(/(\d+)$/.exec(ranges)![1])
    const left = rows.length - last
    const more = left === 0 ? [] : [`… ${left} more ${left === 1 ? 'row' : 'rows'}`]
    return `<!-- ladder ${ranges} -->\n\n\`\`\`\n${[names, parts.join('\n…\n'), ...more].join('\n')}\n\`\`\`\n\n<!-- /ladder -->`
  })
}

/** The display filters that a page tells of: list items that begin with code, in the section on Wireshark. */
export const filtersOf = (page: string): string[] => {
  const section = /^## (?:In Wireshark|在 Wireshark 里)\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(page)?.[1] ?? ''
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, filter]) => filter!)
}

/** A question at the end of a page, with its folded answer. */
export interface Question {
  readonly question: string
  readonly answer: string
}

const QUESTION =
  /^\d+\. (.+)\n\n {3}<details><summary>(?:Answer|答案)<\/summary>\n\n {3}(.+)\n\n {3}<\/details>$/gm

/** The questions of a page. */
export const questionsOf = (page: string): Question[] =>
  [...page.matchAll(QUESTION)].map(([, question, answer]) => ({ question: question!, answer: answer! }))

/** A figure of a page, and the display filter that finds as many packets in the capture of the client's end. */
export interface Count {
  readonly figure: number
  readonly filter: string
}

/**
 * The figures of a page that can be checked: `5 <!-- count 5: tcp.len > 0 -->`.
 * @throws RangeError where the figure beside such a mark is another
 */
export const countsOf = (page: string): Count[] =>
  [...page.matchAll(/(\d*) <!-- count (\d+): (.+?) -->/g)].map(([mark, told, counted, filter]) => {
    if (told !== counted)
      throw new RangeError(`the figure that is told is not the one that is counted: ${mark}`)
    return { figure: Number(counted), filter: filter! }
  })
