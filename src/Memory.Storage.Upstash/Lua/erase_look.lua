-- How much is there of a resource: its words and rows, its threads, its document, its operations, and its place among the resources and among those that are to be cleaned.
local resource = ARGV[2]
return call('EXISTS', key('w', resource), key('tc', resource), key('tu', resource), key('y', 'r:' .. resource), key('or', resource), key('xs', resource))
  + (call('ZSCORE', RESOURCES, resource) and 1 or 0) + call('SISMEMBER', prefix .. ':xr', resource)
