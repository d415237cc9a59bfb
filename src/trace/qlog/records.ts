/**
 * Records of a qlog file: JSON text sequences (RFC 7464) with the header of draft-ietf-quic-qlog-main-schema. Its older members,
 * qlog_version and qlog_format, are there too: tools of today read them and not the newer ones.
 */

export const VANTAGE_POINTS = ['client', 'server', 'network', 'unknown'] as const
/** The end that a log is written at, or the place where its packets were seen. */
export type VantagePoint = (typeof VANTAGE_POINTS)[number]

/** Words about a log as a whole. */
export interface QlogHeader {
  readonly title: string
  readonly vantagePoint: VantagePoint
  /** The beginning of its time, ms since 1970; null where that is not known. */
  readonly epoch: number | null
}

/** The members of an event's data; those that are undefined are left out. */
export type QlogData = Readonly<Record<string, unknown>>

const RECORD_SEPARATOR = '\x1e'
const SCHEMA = 'urn:ietf:params:qlog:file:sequential'
const FORMAT = 'application/qlog+json-seq'
/** Names of events of TCP are no RFC's yet: the names are the package's, its URI a package URL. */
const EVENTS = 'pkg:npm/tuntcp?qlog='

const record = (value: object): string => `${RECORD_SEPARATOR}${JSON.stringify(value)}\n`

/** The first record. The schema and the format stand within its first 256 bytes. */
export const headerRecord = ({ title, vantagePoint, epoch }: QlogHeader): string =>
  record({
    file_schema: SCHEMA,
    serialization_format: FORMAT,
    qlog_version: '0.3',
    qlog_format: 'JSON-SEQ',
    title,
    trace: {
      common_fields: {
        time_format: 'relative_to_epoch',
        reference_time:
          epoch === null
            ? { clock_type: 'monotonic', epoch: 'unknown' }
            : { clock_type: 'system', epoch: new Date(epoch).toISOString() },
        protocol_types: ['TCP'],
      },
      vantage_point: {
        name: 'tuntcp',
        type: vantagePoint,
        // The opener's direction of a connection counts as sent.
        ...(vantagePoint === 'network' ? { flow: 'client' } : {}),
      },
      event_schemas: [
        ...['connectivity', 'transport', 'recovery'].map(namespace => EVENTS + namespace),
        'urn:ietf:params:qlog:events:loglevel',
      ],
    },
  })

/** Milliseconds, as fine as anybody wants them: to the microsecond. */
export const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

/** An event. `time` is ms since the epoch of the log, `group` the connection that it belongs to. */
export const eventRecord = (time: number, name: string, group: string, data: QlogData): string =>
  record({ time: rounded(time), name, group_id: group, data })
