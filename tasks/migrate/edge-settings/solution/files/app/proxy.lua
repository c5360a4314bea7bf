local proxy = {}

--- Milliseconds that a client waits at most, all tries taken together.
function proxy.budget_ms(s)
  local one = s.upstream.connect * 1000 + s.upstream.read
  local waits = s.upstream.retries * s.upstream.retry_delay
  return one * (s.upstream.retries + 1) + waits
end

--- Seconds after which an idle connection is closed: never before a read could have ended.
function proxy.close_after_s(s)
  return math.max(s.upstream.idle, math.ceil(s.upstream.read / 1000))
end

--- Servers in the order in which they are tried.
function proxy.servers(s)
  return table.concat(s.upstream.servers, " ")
end

return proxy
