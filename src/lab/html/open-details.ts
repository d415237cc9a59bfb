/** The details of segments in a page or a part of one. The function stands in pages as text: it can use nothing else. */

/**
 * Lets the segments of the ladders within `root` be reached by arrow keys, and shows what is known of one in the panel.
 * @returns what ends that
 */
export const openDetails = (root: ParentNode): (() => void) => {
  const panel = root.querySelector<HTMLElement>('.panel')!
  const body = panel.querySelector('div')!
  let current: HTMLAnchorElement | null = null
  const show = (segment: HTMLAnchorElement): void => {
    const item = root.querySelector(`[id="${segment.hash.slice(1)}"]`)
    if (item === null) return
    body.replaceChildren(...[...item.childNodes].map(node => node.cloneNode(true)))
    panel.hidden = false
    panel.scrollTop = 0
    if (current !== null) current.removeAttribute('aria-current')
    current = segment
    current.setAttribute('aria-current', 'true')
  }
  const hide = (): void => {
    panel.hidden = true
    if (current === null) return
    current.removeAttribute('aria-current')
    current.focus()
    current = null
  }
  panel.querySelector('button')!.addEventListener('click', hide)
  for (const ladder of root.querySelectorAll<HTMLElement>('.ladder')) {
    const segments = [...ladder.querySelectorAll<HTMLAnchorElement>('.segment')]
    const reach = (segment: HTMLAnchorElement): void => {
      for (const other of segments) other.tabIndex = other === segment ? 0 : -1
    }
    if (segments.length > 0) reach(segments[0]!)
    ladder.addEventListener('click', event => {
      const segment = (event.target as Element).closest<HTMLAnchorElement>('.segment')
      if (segment === null || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      reach(segment)
      show(segment)
    })
    ladder.addEventListener('keydown', event => {
      const at = segments.indexOf(event.target as HTMLAnchorElement)
      if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return
      const places: Record<string, number> = {
        ArrowDown: at + 1,
        ArrowRight: at + 1,
        ArrowUp: at - 1,
        ArrowLeft: at - 1,
        Home: 0,
        End: segments.length - 1,
      }
      const segment = segments[places[event.key] ?? -1]
      if (segment === undefined) return
      event.preventDefault()
      reach(segment)
      segment.focus()
      if (!panel.hidden) show(segment)
    })
  }
  const onEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !panel.hidden) hide()
  }
  addEventListener('keydown', onEscape)
  return () => removeEventListener('keydown', onEscape)
}
