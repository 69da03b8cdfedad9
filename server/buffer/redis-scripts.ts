/**
 * The Lua scripts of the Redis buffer. Each takes effect as a whole or not at all, in memory and in the append-only file,
 * and names all its keys, which lie on one node of a cluster.
 */
import { createHash } from 'node:crypto';

/** The one field of an entry of the stream, as short as can be. */
const PAYLOAD_FIELD = 'e';
/** The field of an entry that the Go Muntra wrote. */
export const GO_FIELD = 'go';

/** Seconds for which a batch is recognised when it comes again: 30 days. */
const REMEMBERED = 30 * 86_400;
const TAKEN_AT_ONCE = 500;

/**
 * KEYS events, epoch; ARGV an incarnation that is over or '', a fresh epoch, the least incarnation -> {incarnation, epoch,
 * whether it is new}. Begins an incarnation where there is none, or where the present one is over or too low.
 */
export const JOIN = `
local present = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then present = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
if present == 0 or redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SET', KEYS[2], ARGV[2]) end
local new = present == 0 or present == tonumber(ARGV[1]) or present < tonumber(ARGV[3])
if new then
  local time = redis.call('TIME')
  present = math.max(present + 1, ARGV[3] + 1, time[1] * 1000 + math.floor(time[2] / 1000))
  local id = string.format('%.0f-0', present)
  redis.call('XADD', KEYS[1], id, '${PAYLOAD_FIELD}', '')
  redis.call('XDEL', KEYS[1], id)
end
return {string.format('%.0f', present), redis.call('GET', KEYS[2]), new and 1 or 0}`;

/**
 * KEYS events, last batch of a writer; ARGV batch, payloads... Appends them unless they are that batch. KEYS a third, a list
 * of the Go Muntra: its oldest events go over instead -> how many. The incarnation is part of the text: redis-log.ts tells
 * why.
 */
export function appendScript(incarnation: string): { text: string; sha: string } {
  const text = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return 0 end
local function add(field, payload)
  if not redis.call('XADD', KEYS[1], 'NOMKSTREAM', '${incarnation}-*', field, payload) then
    error({err = 'GONE there is no stream'})
  end
end
for i = 2, #ARGV do add('${PAYLOAD_FIELD}', ARGV[i]) end
local taken = 0
while KEYS[3] and taken < ${TAKEN_AT_ONCE} do
  local event = redis.call('LINDEX', KEYS[3], -1)
  if not event then break end
  add('${GO_FIELD}', event)
  redis.call('RPOP', KEYS[3])
  taken = taken + 1
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ${REMEMBERED})
return taken`;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** KEYS events -> {bytes of the append-only file, bytes that it still lacks}; empty without such a file. */
export const AOF = `
local info = redis.call('INFO', 'persistence')
return {string.match(info, 'aof_current_size:(%d+)'), string.match(info, 'aof_buffer_length:(%d+)')}`;

/** KEYS events -> {entries, bytes of memory} */
export const DEPTH = `return {redis.call('XLEN', KEYS[1]), redis.call('MEMORY', 'USAGE', KEYS[1]) or 0}`;

/** KEYS events -> 1 if a twentieth of the memory is free. */
export const ROOM = `
local info = redis.call('INFO', 'memory')
local used = tonumber(string.match(info, 'used_memory:(%d+)'))
local max = tonumber(string.match(info, 'maxmemory:(%d+)'))
return (max == 0 or used < max * 0.95) and 1 or 0`;

/** KEYS shards; ARGV shards -> the most that were ever told. */
export const MOST_SHARDS = `
local known = tonumber(redis.call('GET', KEYS[1]) or 0)
if known >= tonumber(ARGV[1]) then return known end
redis.call('SET', KEYS[1], ARGV[1])
return tonumber(ARGV[1])`;
