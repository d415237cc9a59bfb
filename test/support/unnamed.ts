/** The accessibility tree of a page, as a screen reader has it from the browser. */
import type { Page } from 'playwright-core'

/** Roles of what one presses, sets, or reads as a picture. */
const NAMED = new Set([
  'button',
  'checkbox',
  'combobox',
  'DisclosureTriangle',
  'image',
  'link',
  'navigation',
  'progressbar',
  'region',
  'searchbox',
  'slider',
  'spinbutton',
  'textbox',
])

interface Node {
  readonly ignored: boolean
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
  readonly backendDOMNodeId?: number
}

/** The nodes of those roles that have no name, each as its role; at least one must have one. */
export const unnamed = async (page: Page): Promise<string[]> => {
  const session = await page.context().newCDPSession(page)
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as unknown as {
    readonly nodes: readonly Node[]
  }
  await session.detach()
  const found = nodes.filter(({ ignored, role }) => !ignored && NAMED.has(role?.value ?? ''))
  if (found.length < 3) return ['nothing is there']
  return found.filter(({ name }) => (name?.value ?? '').trim() === '').map(({ role }) => role!.value)
}
