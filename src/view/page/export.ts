/** Files that a page gives away: the packets that it keeps, for Wireshark, and the ladder as a picture. */
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../trace/pcapng.ts'
import type { History } from '../model/history.ts'
import { PARTS_STYLE } from '../parts/style.ts'

export const download = (name: string, blob: Blob): void => {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/**
 * The packets up to the moment that is shown: their headers, with what is known of each as its comment.
 * @param wallClockOffset from the time of events to ms since 1970
 */
export const pcapngOf = (history: History, wallClockOffset: number): Uint8Array<ArrayBuffer>[] => {
  const blocks = [sectionHeader('tuntcp view'), interfaceDescription('tuntcp')]
  let packet: { readonly number: number; readonly comments: string[] } | null = null
  const packets: { readonly number: number; readonly comments: string[] }[] = []
  for (let number = history.oldest; number < history.shown; number++) {
    const { event } = history.entry(number)!
    if (event.kind === 'packet') {
      packet = { number, comments: event.reason === '' ? [] : [`sent: ${event.reason}`] }
      packets.push(packet)
    } else if (event.kind === 'transition')
      packet?.comments.push(`${event.from} → ${event.to}  ${event.event}  ${event.section}`)
    else if (event.kind === 'drop') packet?.comments.push(`dropped: ${event.reason}`)
    else if (event.kind === 'loss') packet?.comments.push(event.fate)
  }
  for (const { number, comments } of packets) {
    const { event } = history.entry(number)!
    if (event.kind !== 'packet') continue
    blocks.push(
      enhancedPacket(0, event.time + wallClockOffset, event.direction, event.bytes, comments, event.length),
    )
  }
  return blocks as Uint8Array<ArrayBuffer>[]
}

/** The ladder as it stands in the page, as a picture that needs nothing else. */
export const pictureOf = (ladder: Element): string => {
  const { width, height } = ladder.getBoundingClientRect()
  const root = getComputedStyle(document.documentElement)
  const colours = [...PARTS_STYLE.matchAll(/var\((--[a-z]+)\)/g)].map(([, name]) => name!)
  const variables = ['--bg', '--text', ...new Set(colours)]
    .map(name => `${name}:${root.getPropertyValue(name)}`)
    .join(';')
  const tips = new XMLSerializer().serializeToString(document.querySelector('svg.tips')!)
  const html = new XMLSerializer().serializeToString(ladder)
  const style = `${PARTS_STYLE}.ladder-box{${variables};background:var(--bg);color:var(--text);font-family:ui-monospace,Menlo,Consolas,monospace}ol{list-style:none;margin:0;padding:0}`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}"><foreignObject width="100%" height="100%"><div xmlns="http://www.w3.org/1999/xhtml"><style><![CDATA[${style}]]></style>${tips}${html}</div></foreignObject></svg>`
}
