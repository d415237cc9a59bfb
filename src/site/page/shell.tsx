/** The frame of the playground: its tabs, and the one that is looked at. */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { ThemeButton } from '../../view/page/theme.tsx'
import { ViewWordsProvider } from '../../view/page/words.ts'
import { ENGLISH_SPEECH, SpeechProvider } from '../../view/parts/speech.ts'
import { acceptDrops } from '../captures/dropped.ts'
import { loadSpeech } from '../speech/load.ts'
import { keepLanguage } from '../words/language.ts'
import { LANGUAGES, type Language, loadWords, type Spoken, WordsProvider } from '../words/words.ts'
import { hashOf, type Route, routeOf } from './route.ts'
import { TABS } from './tabs.ts'
import { Unknown } from './unknown.tsx'

/** Changes the address without another step of the browser's history. */
const setHash = (hash: string): void => {
  try {
    history.replaceState(null, '', hash)
  } catch {
    // Some browsers do not let a file do so.
    location.replace(hash)
  }
}

interface ShellProps {
  /** The words that it begins with. */
  readonly first: Spoken
}

export const Shell = ({ first }: ShellProps) => {
  const [route, setRoute] = useState<Route>(() => routeOf(location.hash))
  const [spoken, setSpoken] = useState(first)
  const { language, words } = spoken
  const [speech, setSpeech] = useState(ENGLISH_SPEECH)
  const [trouble, setTrouble] = useState('')
  // The page goes on in the language that it has, and says so, if the words of another cannot be loaded.
  const speak = (next: Language) =>
    loadWords(next).then(
      words => {
        setSpoken(words)
        setTrouble('')
      },
      (error: Error) => setTrouble(error.message),
    )
  useEffect(() => {
    const look = () => {
      const next = routeOf(location.hash)
      setRoute(next)
      if (next.language !== null) void speak(next.language)
    }
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  useLayoutEffect(() => {
    // A browser chooses fonts by it: after the first layout it would lay out everything again.
    document.documentElement.lang = language
    document.title = words.title
  }, [language])
  useEffect(() => {
    let wanted = true
    // The page is there before it: it is much.
    loadSpeech(language).then(
      next => wanted && setSpeech(next),
      (error: Error) => wanted && setTrouble(error.message),
    )
    return () => {
      wanted = false
    }
  }, [language])
  const go = (change: Partial<Route>) => {
    const next = { ...routeOf(location.hash), ...change }
    setHash(hashOf(next))
    setRoute(next)
  }
  useEffect(() => acceptDrops(() => go({ tab: 'captures', argument: '' })), [])
  const choose = (next: Language) => {
    void speak(next)
    // An address that names a language goes on to; otherwise it does so only where nothing else remembers it.
    const kept = keepLanguage(next)
    if (!kept || route.language !== null) go({ language: next, tab: route.tab || TABS[0]!.id })
  }
  const tab = TABS.find(({ id }) => id === route.tab) ?? TABS[0]!
  return (
    <WordsProvider value={spoken}>
      <ViewWordsProvider value={spoken.view}>
        <SpeechProvider value={speech}>
          <header class="top">
            <h1>{words.title}</h1>
            <nav class="site-tabs" aria-label={words.tabs.label}>
              {TABS.map(each => (
                <a
                  key={each.id}
                  href={hashOf({ language: route.language, tab: each.id, argument: '' })}
                  aria-current={each === tab ? 'page' : undefined}
                >
                  {each.title(words)}
                </a>
              ))}
            </nav>
            <span class="space" />
            <select
              aria-label={words.language}
              value={language}
              onChange={event => choose(event.currentTarget.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([code, name]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
            <ThemeButton />
          </header>
          <Unknown address={route.tab === '' || route.tab === tab.id ? '' : route.tab} />
          {trouble === '' ? null : (
            <p class="trouble" role="alert">
              {spoken.view.notLoaded} {trouble}
            </p>
          )}
          <tab.View
            key={tab.id}
            argument={tab.id === route.tab ? route.argument : ''}
            setArgument={argument => go({ tab: tab.id, argument })}
          />
        </SpeechProvider>
      </ViewWordsProvider>
    </WordsProvider>
  )
}
