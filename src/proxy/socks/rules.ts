/** Rules that name hosts, in their order: they choose the passage of a connection by the host and port that it asks for. */

/** Returns whether a rule fits: `HOST`, `HOST:PORT`, `*.HOST` or `:PORT`, with a port or without. */
export type Rule = (host: string, port: number) => boolean

const LARGEST_PORT = 65_535

/** @throws RangeError for what is no rule */
export const ruleOf = (text: string): Rule => {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const name = (bracketed ?? plain ?? '').toLowerCase()
  const wanted = portText === undefined ? null : Number(portText)
  if ((name === '' && wanted === null) || (wanted !== null && (wanted < 1 || wanted > LARGEST_PORT)))
    throw new RangeError(`a rule is HOST, HOST:PORT, *.HOST or :PORT, not '${text}'`)
  const suffix = name.startsWith('*.') ? name.slice(1) : null
  return (host, port) => {
    if (wanted !== null && port !== wanted) return false
    const given = host.toLowerCase().replace(/\.$/, '')
    if (name === '' || name === '*') return true
    return suffix === null ? given === name : given.endsWith(suffix)
  }
}
