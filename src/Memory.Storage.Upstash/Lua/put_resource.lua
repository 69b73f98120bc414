-- Makes a resource if it is not there.
local resource, created = ARGV[2], ARGV[3]
ensure_resource(resource, read(key('w', resource), {'c'}), created)
return 1
