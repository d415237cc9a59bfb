// Stands for a library that opens its own sockets: CommonJS, as most of them are.
const { once } = require('node:events')
const net = require('net')

exports.ask = async host => {
  const [answer] = await once(net.connect(80, host), 'data')
  return String(answer)
}
