/** Chromium for tests. */
import type { Browser, LaunchOptions, Locator, Page } from 'playwright-core'
import { programPath } from './program-path.ts'

/** Starts it without its sandbox, which root has not. Call it only where {@link programPath} finds it. */
export const launchChromium = async (options: LaunchOptions = {}): Promise<Browser> => {
  // Loaded here: tests that are skipped do without.
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath: programPath('chromium')!, args: ['--no-sandbox'], ...options })
}

// A page draws what was done to it a moment later: what is looked at once may not be there yet.

/** Waits until it has the focus. @throws Error when it does not get it in the page's time */
export const hasFocus = async (what: Locator): Promise<void> => {
  await what.and(what.page().locator(':focus')).waitFor({ state: 'attached' })
}

/** Waits until so many elements fit. @throws Error when there are more or fewer to the end of the page's time */
export const hasMany = async (page: Page, selector: string, count: number): Promise<void> => {
  await page.waitForFunction(([selector, count]) => document.querySelectorAll(selector).length === count, [
    selector,
    count,
  ] as const)
}

/** Waits until its text fits. @throws Error when it does not in the page's time */
export const hasText = async (what: Locator, text: RegExp | string): Promise<void> => {
  await what.filter({ hasText: text }).waitFor({ state: 'attached' })
}
