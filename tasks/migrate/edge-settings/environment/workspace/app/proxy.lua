local proxy = {}

--- Milliseconds that a client waits at most, all tries taken together.
function proxy.budget_ms(s)
  local one = s["upstream.connect_timeout"] + s["upstream.read_timeout"]
  local waits = s["upstream.retries"] * s["upstream.retry_wait"]
  return (one * (s["upstream.retries"] + 1) + waits) * 1000
end

--- Seconds after which an idle connection is closed: never before a read could have ended.
function proxy.close_after_s(s)
  return math.max(s["upstream.keepalive"], s["upstream.read_timeout"])
end

--- Servers in the order in which they are tried.
function proxy.servers(s)
  return table.concat(s["upstream.servers"], " ")
end

return proxy
