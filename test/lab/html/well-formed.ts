/** Checks that a page's elements are closed in the order in which they were opened: stricter than any browser. */

const VOID = new Set(['meta'])

/** @returns what is wrong, or '' */
export const unclosed = (page: string): string => {
  const open: string[] = []
  // Style and script are opaque, and end at their first end tag.
  const text = page.replace(/<(style|script)>.*?<\/\1>/gs, '')
  const tag =
    /<(?:!doctype html|(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<]*")?)*)\s*(\/?))>/y
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', tag.lastIndex)) {
    tag.lastIndex = at
    const found = tag.exec(text)
    if (found === null) return `no tag: ${text.slice(at, at + 80)}`
    const [, close, name = '', , self] = found
    if (name === '' || self === '/' || (close === '' && VOID.has(name))) continue
    if (close === '') open.push(name)
    else if (open.pop() !== name) return `</${name}> closes something else: ${text.slice(at - 80, at + 20)}`
  }
  const rest = text.replace(/<(?:[^>"]|"[^"]*")*>/g, '')
  // A bare '>' is text, in attributes too.
  if (rest.includes('<')) return `a bare bracket: ${/.{0,40}<.{0,40}/.exec(rest)![0]}`
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(rest)) return 'a bare ampersand'
  return open.length === 0 ? '' : `open: ${open.join(' ')}`
}
