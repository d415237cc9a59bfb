/** The page of a running stack. */
import { useEffect, useState } from 'preact/hooks'
import { LeftOut, LinkLight, TimeBar } from './bar.tsx'
import { useKeys } from './keys.ts'
import type { LiveSource } from './live-source.ts'
import { Network } from './network.tsx'
import { Panels } from './panels.tsx'
import { SaveButtons } from './save.tsx'
import { ThemeButton } from './theme.tsx'
import type { Viewer } from './viewer.ts'

interface AppProps {
  readonly viewer: Viewer
  readonly source: LiveSource
}

export const App = ({ viewer, source }: AppProps) => {
  const [, draw] = useState(0)
  useEffect(() => viewer.onChange(() => draw(n => n + 1)), [viewer])
  useKeys(viewer)
  const offset = source.about?.wallClockOffset ?? 0
  const wallClock = (time: number) => new Date(time + offset).toISOString().slice(11, 23)
  return (
    <>
      <header class="top">
        <h1>{source.about?.name ?? 'tuntcp'}</h1>
        <span class="where">
          {source.about === null ? '' : `${source.about.address} on ${source.about.device}`}
        </span>
        <LinkLight state={source.state} />
        <span class="space" />
        <SaveButtons viewer={viewer} wallClockOffset={offset} />
        <ThemeButton />
      </header>
      <TimeBar viewer={viewer} wallClock={wallClock} />
      <LeftOut viewer={viewer} />
      <Panels viewer={viewer} wallClock={wallClock} network={<Network source={source} viewer={viewer} />} />
    </>
  )
}
