/** The tabs of the playground, in their order. */
import type { ComponentType } from 'preact'
import type { Words } from '../words/en.ts'
import { ExperimentTab } from './experiment-tab.tsx'

export interface TabProps {
  /** The part of the address after the tab's name: `abc` of `#experiment/abc`; '' when there is none. */
  readonly argument: string
  /** Puts another one into the address. */
  readonly setArgument: (argument: string) => void
}

export interface Tab {
  /** Its name in the address. */
  readonly id: string
  readonly title: (words: Words) => string
  /** Its view; a promise where it is loaded when it is first looked at: `() => import('../labs/labs-tab.tsx')…` */
  readonly load: () => ComponentType<TabProps> | Promise<ComponentType<TabProps>>
}

export const TABS: readonly Tab[] = [
  { id: 'experiment', title: words => words.tabs.experiment, load: () => ExperimentTab },
  {
    id: 'labs',
    title: words => words.tabs.labs,
    load: async () => (await import('../labs/labs-tab.tsx')).LabsTab,
  },
  {
    id: 'missions',
    title: words => words.tabs.missions,
    load: async () => (await import('../missions/missions-tab.tsx')).MissionsTab,
  },
  {
    id: 'captures',
    title: words => words.tabs.captures,
    load: async () => (await import('../captures/captures-tab.tsx')).CapturesTab,
  },
  {
    id: 'controller',
    title: words => words.tabs.controller,
    load: async () => (await import('../editor/editor-tab.tsx')).EditorTab,
  },
]
