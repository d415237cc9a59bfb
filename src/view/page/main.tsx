/** The page's beginning: follows the stack that has served it. */
import { render } from 'preact'
import { App } from './app.tsx'
import { keepFocus } from './keep-focus.ts'
import { LiveSource } from './live-source.ts'
import { Viewer } from './viewer.ts'

const viewer = new Viewer(20_000)
const source = new LiveSource(viewer, new URLSearchParams(location.search).get('token') ?? '')
render(<App viewer={viewer} source={source} />, document.body)
keepFocus()
source.open()
