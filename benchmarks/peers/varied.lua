-- wrk: every request has a target of its own
local requests = 0

function request()
  requests = requests + 1
  return wrk.format("GET", "/plaintext?" .. requests)
end
