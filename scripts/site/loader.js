// Loads the site's scripts, which are no modules: those a browser does not load from a file. It stands in the document,
// after `tuntcpParts`, which has of each part the others that it needs.
;(() => {
  const parts = globalThis.tuntcpParts
  const makers = {}
  const made = {}
  const loading = {}

  const require = name => {
    if (made[name] === undefined) {
      made[name] = { exports: {} }
      makers[name](require, made[name].exports, made[name])
    }
    return made[name].exports
  }

  const load = name => {
    loading[name] ??= new Promise((resolve, reject) => {
      if (makers[name] !== undefined) return resolve()
      const script = document.createElement('script')
      script.src = name
      script.onload = () => resolve()
      script.onerror = () => {
        delete loading[name]
        reject(new Error(`${name} cannot be loaded`))
      }
      document.head.append(script)
    })
    return Promise.all([loading[name], ...(parts[name] ?? []).map(load)])
  }

  // A part is defined by its file, and run when another first needs it.
  globalThis.tuntcpDefine = (name, maker) => {
    makers[name] = maker
  }
  // An export is looked up when it is used: it may have changed since.
  globalThis.tuntcpExport = (exports, all) => {
    for (const name in all) Object.defineProperty(exports, name, { get: all[name], enumerable: true })
  }
  globalThis.tuntcpRequire = require
  globalThis.tuntcpImport = async name => {
    await load(name)
    return require(name)
  }
  // A worker's script as text: from a file, a browser starts none but those that it has in memory.
  globalThis.tuntcpWorkers = {}
  globalThis.tuntcpWorker = async name => {
    await load(`./${name}.worker.js`)
    return globalThis.tuntcpWorkers[name]
  }
})()
