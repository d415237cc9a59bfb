/** The keyboard: time, and what is looked at. */
import { useEffect } from 'preact/hooks'
import type { Viewer } from './viewer.ts'

/** The keys that mean the same everywhere but where one writes. */
export const useKeys = (viewer: Viewer): void =>
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const on = event.target as HTMLElement
      if (event.altKey || event.ctrlKey || event.metaKey || /^(?:INPUT|SELECT|TEXTAREA)$/.test(on.tagName))
        return
      const button =
        on.tagName === 'BUTTON' || on.tagName === 'SUMMARY' || on.getAttribute('role') === 'button'
      const act = {
        ArrowLeft: () => viewer.step(-1),
        ArrowRight: () => viewer.step(1),
        Escape: () => viewer.chooseEntry(null),
        End: () => viewer.live(),
        ...(button
          ? {}
          : {
              ' ': () => viewer.toggle(),
            }),
      }[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [viewer])
