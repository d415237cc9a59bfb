/** Chromium for tests. */
import type { Browser, LaunchOptions } from 'playwright-core'
import { programPath } from './program-path.ts'

/** Starts it without its sandbox, which root has not. Call it only where {@link programPath} finds it. */
export const launchChromium = async (options: LaunchOptions = {}): Promise<Browser> => {
  // Loaded here: tests that are skipped do without.
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath: programPath('chromium')!, args: ['--no-sandbox'], ...options })
}
