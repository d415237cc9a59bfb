/** Flights of connections that have nothing in flight are lent to those that have. */
import type { Seq } from '../../wire/sequence.ts'
import { Flight } from './flight.ts'

/** Flights that are kept for reuse, by all connections together. */
const POOL = 4096
const flights: Flight[] = []

/** The empty flight, shared by all connections that have nothing out. Nothing is ever added to it. */
export const NO_FLIGHT: Readonly<Flight> = new Flight()

/** A flight to add to: what lies below `una` is acknowledged. */
export const takeFlight = (una: Seq): Flight => {
  const flight = flights.pop() ?? new Flight()
  flight.usage.begin(una)
  return flight
}

/** Returns what a connection goes on with: its flight, or, if that is over, the one that all share. */
export const letGoOf = (over: Readonly<Flight>): Readonly<Flight> => {
  if (!over.empty) return over
  if (over !== NO_FLIGHT && flights.length < POOL) {
    const flight = over as Flight
    flight.lostInAll = 0
    flight.lossReader = null
    flights.push(flight)
  }
  return NO_FLIGHT
}
