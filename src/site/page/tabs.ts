/** The tabs of the playground, in their order. */
import type { ComponentType } from 'preact'
import { later } from '../../view/page/later.tsx'
import type { Words } from '../words/en.ts'
import { ExperimentTab } from './experiment-tab.tsx'
import { Waiting } from './waiting.tsx'

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
  readonly View: ComponentType<TabProps>
}

export const TABS: readonly Tab[] = [
  { id: 'experiment', title: words => words.tabs.experiment, View: ExperimentTab },
  {
    id: 'labs',
    title: words => words.tabs.labs,
    View: later(async () => (await import('../labs/labs-tab.tsx')).LabsTab, Waiting),
  },
  {
    id: 'missions',
    title: words => words.tabs.missions,
    View: later(async () => (await import('../missions/missions-tab.tsx')).MissionsTab, Waiting),
  },
  {
    id: 'captures',
    title: words => words.tabs.captures,
    View: later(async () => (await import('../captures/captures-tab.tsx')).CapturesTab, Waiting),
  },
  {
    id: 'controller',
    title: words => words.tabs.controller,
    View: later(async () => (await import('../editor/editor-tab.tsx')).EditorTab, Waiting),
  },
]
