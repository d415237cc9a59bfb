/** Readers of a page who have a keyboard and nothing else. */
import type { Locator, Page } from 'playwright-core'

/** Stops of Tab that no page has. */
const TOO_MANY = 150

/** Waits until anything has the focus. @throws Error when nothing gets it */
export const keepsFocus = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => (document.activeElement ?? document.body) !== document.body)
}

/** The element that has the focus, as it stands in the document; or 'nothing'. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement } = document
    return activeElement === null || activeElement === document.body
      ? 'nothing'
      : activeElement.outerHTML.slice(0, 200)
  })

/** True when the focus is somewhere after it. */
const isBefore = (goal: Locator): Promise<boolean> =>
  goal.first().evaluate(e => {
    const { activeElement } = document
    return (
      activeElement !== null && activeElement.compareDocumentPosition(e) === Node.DOCUMENT_POSITION_PRECEDING
    )
  })

/**
 * Waits for a ring around what has the focus, or around what it stands for: an editor draws its own a moment later.
 * @throws Error when nobody sees where the focus is
 */
const isSeen = async (page: Page): Promise<void> => {
  try {
    await page.waitForFunction(() => {
      const { activeElement } = document
      const ringed = activeElement!.closest('.cm-editor') ?? activeElement!
      const { outlineStyle, outlineWidth } = getComputedStyle(ringed)
      if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) return true
      return activeElement!.matches('.state-button:focus-visible')
    })
  } catch (cause) {
    throw new Error(`the focus is not seen: ${await focused(page)}`, { cause })
  }
}

/**
 * Presses Tab, or Shift+Tab where that is nearer, until `goal` has the focus.
 * @throws Error when neither comes to it, or nobody sees where the focus is
 */
export const tabTo = async (page: Page, goal: Locator): Promise<void> => {
  await goal.first().waitFor({ state: 'attached' })
  const key = (await isBefore(goal)) ? 'Shift+Tab' : 'Tab'
  const reached = goal.and(page.locator(':focus'))
  for (let i = 0; i < TOO_MANY; i++) {
    if ((await reached.count()) > 0) {
      await isSeen(page)
      return
    }
    await page.keyboard.press(key)
  }
  throw new Error(`${key} does not come to ${goal}; it is at ${await focused(page)}`)
}

/** Goes to what is pressed, and presses it. */
export const press = async (page: Page, goal: Locator, key = 'Enter'): Promise<void> => {
  await tabTo(page, goal)
  await page.keyboard.press(key)
}
