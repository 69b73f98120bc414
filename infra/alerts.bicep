// When somebody has to look. Without an address the alerts still show in the portal.

param location string
param tags object
param workspaceId string

@description('Who is told; empty for nobody.')
param email string

@description('How often each question is asked. Asking more often costs more.')
@allowed(['PT5M', 'PT15M'])
param every string

@description('Failed calls within 15 minutes that are too many.')
param failures int

@description('Messages without their vector that are too many, if there are never fewer within half an hour.')
param pendingEmbeddings int

var rules = [
  {
    name: 'memory-poison'
    title: 'Work was given up'
    description: 'A message went to a poison queue. The log says why; memory operations redrive puts it back.'
    severity: 1
    // The app says so when it gives up. A message that the app cannot even be handed is given up by the host, in words of its own.
    query: 'AppTraces | where (SeverityLevel >= 3 and Message has "poison queue") or Message has "reached MaxDequeueCount"'
    column: null
    aggregation: 'Count'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'memory-failures'
    title: 'Calls fail'
    description: 'Requests were answered 5xx, or triggered work failed.'
    severity: 2
    query: 'AppRequests | where Success == false and (isempty(ResultCode) or toint(ResultCode) == 0 or toint(ResultCode) >= 500)'
    column: null
    aggregation: 'Count'
    threshold: failures
    window: 'PT15M'
  }
  {
    name: 'memory-pending-embeddings'
    title: 'Messages wait for their vectors'
    description: 'The embedder is down, throttled or too slow. Messages are found by their words meanwhile.'
    severity: 3
    query: 'AppMetrics | where Name == "memory.embeddings.pending" | project TimeGenerated, Pending = Min'
    column: 'Pending'
    aggregation: 'Minimum'
    threshold: pendingEmbeddings
    window: 'PT30M'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'memory-alerts'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'memory'
    emailReceivers: [{ name: 'e-mail', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: every
      windowSize: rule.window
      autoMitigate: true
      skipQueryValidation: true // a new workspace has no rows yet, and the tables may not be there
      criteria: {
        allOf: [
          {
            query: rule.query
            metricMeasureColumn: rule.column
            timeAggregation: rule.aggregation
            operator: 'GreaterThan'
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
