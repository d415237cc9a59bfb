/** The keyboard's focus stays where it was, or near: browsers lose it with what vanishes, is moved or disabled. */

const REACHABLE = 'a[href],button,input,select,summary,textarea,[tabindex="0"],[contenteditable=true]'

const takesFocus = (e: HTMLElement): boolean =>
  e.isConnected && !e.matches(':disabled') && e.checkVisibility()

/** @returns what ends it */
export const keepFocus = (): (() => void) => {
  /** All that could be reached when the focus came to where it is, and its place among them. */
  let all: readonly HTMLElement[] = []
  let at = -1
  const remember = ({ target }: FocusEvent) => {
    all = [...document.querySelectorAll<HTMLElement>(REACHABLE)]
    at = all.indexOf(target as HTMLElement)
  }
  // Readers who click beside everything take the focus away themselves.
  const forget = () => {
    at = -1
  }
  let timer: ReturnType<typeof setTimeout> | null = null
  const look = () => {
    timer = null
    const { activeElement } = document
    const had = all[at]
    if (had === undefined) return
    // A browser leaves the focus with what is disabled until its next picture.
    const lost = activeElement === document.body || (activeElement === had && !takesFocus(had))
    if (!lost) return
    const heir = all.slice(at).find(takesFocus) ?? all.slice(0, at).reverse().find(takesFocus)
    heir?.focus({ preventScroll: heir === had })
  }
  const changes = new MutationObserver(() => {
    // Nothing has the focus while it goes from one to the next: that is over when this task is.
    timer ??= setTimeout(look)
  })
  changes.observe(document.body, {
    childList: true,
    subtree: true,
    attributeFilter: ['disabled', 'hidden', 'class'],
  })
  addEventListener('focusin', remember)
  addEventListener('pointerdown', forget)
  return () => {
    changes.disconnect()
    if (timer !== null) clearTimeout(timer)
    removeEventListener('focusin', remember)
    removeEventListener('pointerdown', forget)
  }
}
