// The sizes of PostgreSQL on offer, and how many connections each allows:
// https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits (read 2026-11-24)

@export()
type size =
  | 'Standard_B1ms'
  | 'Standard_B2s'
  | 'Standard_B2ms'
  | 'Standard_D2ds_v5'
  | 'Standard_D4ds_v5'
  | 'Standard_D8ds_v5'
  | 'Standard_E2ds_v5'
  | 'Standard_E4ds_v5'

@export()
var sizes = {
  Standard_B1ms: { tier: 'Burstable', connections: 50 }
  Standard_B2s: { tier: 'Burstable', connections: 429 }
  Standard_B2ms: { tier: 'Burstable', connections: 859 }
  Standard_D2ds_v5: { tier: 'GeneralPurpose', connections: 859 }
  Standard_D4ds_v5: { tier: 'GeneralPurpose', connections: 1718 }
  Standard_D8ds_v5: { tier: 'GeneralPurpose', connections: 3437 }
  Standard_E2ds_v5: { tier: 'MemoryOptimized', connections: 1718 }
  Standard_E4ds_v5: { tier: 'MemoryOptimized', connections: 3437 }
}

// The service keeps 15 for replication and monitoring.
var reserved = 15

@export()
@description('The connections left for the app.')
func connectionsOf(name size) int => sizes[name].connections - reserved
