/** The ladder of the connection that is looked at, as it grows. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ConnectionStory } from '../model/connection-story.ts'
import { Ladder } from '../parts/ladder.tsx'
import { layOut } from '../parts/ladder-layout.ts'
import type { Viewer } from './viewer.ts'
import { useViewWords } from './words.ts'

/** Events on the ladder at a time, and how far one goes back at a time. */
export const WINDOW = 160
/** Events on a ladder that rushes by: those that there is room for. */
export const RUSHING = 40
const PAGE = 80

interface PanelProps {
  readonly viewer: Viewer
  readonly story: ConnectionStory | null
  /** Events after those that are shown. */
  readonly back: number
  readonly setBack: (back: number) => void
}

/** Tab comes to one of them: the one that has the focus, or is looked at, or the last. Arrow keys lead to the others. */
const beOneStop = (segments: readonly HTMLAnchorElement[]): void => {
  const stop =
    segments.find(link => link === document.activeElement) ??
    segments.find(link => link.hasAttribute('aria-current')) ??
    segments.at(-1)
  for (const link of segments) link.tabIndex = link === stop ? 0 : -1
}

export const LadderPanel = ({ viewer, story, back, setBack }: PanelProps) => {
  const w = useViewWords().ladder
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const layout = story === null ? null : layOut(story, Number.POSITIVE_INFINITY)
  useLayoutEffect(() => {
    const { current } = box
    if (current === null) return
    if (atEnd.current && back === 0) current.scrollTop = current.scrollHeight
    beOneStop([...current.querySelectorAll<HTMLAnchorElement>('.segment')])
  })
  if (story === null || layout === null)
    return (
      <div class="ladder-scroll">
        <p class="empty">{w.none}</p>
      </div>
    )
  const sent = layout.rows.flatMap(row => (row.number === null ? [] : [row.arrow!.segment]))
  const entry = viewer.entry
  const chosen = entry === null ? null : (story.segmentOf.get(entry) ?? null)
  const choose = (link: HTMLAnchorElement) => {
    const segment = sent[Number(link.hash.replace(/^#segment-/, '')) - 1]
    const of = segment === undefined ? undefined : story.entryOf.get(segment)
    if (of !== undefined) viewer.chooseEntry(of.number)
  }
  const walk = (event: KeyboardEvent) => {
    const links = [...box.current!.querySelectorAll<HTMLAnchorElement>('.segment')]
    const at = links.indexOf(event.target as HTMLAnchorElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
    if (at < 0 || to === undefined || links[to] === undefined) return
    event.preventDefault()
    event.stopPropagation()
    links[to].focus()
    beOneStop(links)
    choose(links[to])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the segments in it are links
    <div
      class="ladder-scroll"
      ref={box}
      onScroll={event => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        atEnd.current = scrollTop + clientHeight > scrollHeight - 40
      }}
      onClick={event => {
        const link = (event.target as Element).closest<HTMLAnchorElement>('.segment')
        if (link === null) return
        event.preventDefault()
        choose(link)
      }}
      onKeyDown={walk}
    >
      {story.earlier > 0 ? (
        <button type="button" class="more" onClick={() => setBack(back + PAGE)}>
          {w.earlier(story.earlier)}
        </button>
      ) : null}
      <Ladder story={story} layout={layout} id="segment" chosen={chosen} />
      {layout.rows.length === 0 ? <p class="empty">{w.nothing}</p> : null}
      {story.later > 0 ? (
        <button type="button" class="more" onClick={() => setBack(Math.max(0, back - PAGE))}>
          {w.later(story.later)}
        </button>
      ) : null}
    </div>
  )
}
