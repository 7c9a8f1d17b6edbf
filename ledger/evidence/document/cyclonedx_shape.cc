// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/cyclonedx_shape.h"

namespace z5::document {
namespace {

// clang-format off
constexpr std::string_view kGrammar = R"(
bom = { $schema: text, bomFormat!: "CycloneDX", specVersion!: text, serialNumber: serial, version: positive,
  metadata: metadata, components: [component], services: [service], externalReferences:
  [external], dependencies: [dependency], compositions: [composition], vulnerabilities:
  [vulnerability], annotations: [annotation], formulation: [formula], declarations: declaration,
  definitions: definition, citations: [citation], properties: [property], signature: object }
metadata = { timestamp: date-time, lifecycles: [lifecycle-phase | lifecycle-name], tools: tools |
  [tool], manufacturer: entity, authors: [contact], component: component, manufacture: entity,
  supplier: entity, licenses: licenses, properties: [property], distributionConstraints:
  distribution-constraint }
lifecycle-phase = { phase!: "design" | "pre-build" | "build" | "post-build" | "operations" |
  "discovery" | "decommission" }
lifecycle-name = { name!: text, description: text }
tools = { components: [component], services: [service] }
component = { type!: "application" | "framework" | "library" | "container" | "platform" |
  "operating-system" | "device" | "device-driver" | "firmware" | "file" | "machine-learning-model"
  | "data" | "cryptographic-asset", mime-type: mime, bom-ref: ref, supplier: entity, manufacturer:
  entity, authors: [contact], author: text, publisher: text, group: text, name!: text, version:
  text, versionRange: ref, isExternal: bool, description: text, scope: "required" | "optional" |
  "excluded", hashes: [hash], licenses: licenses, copyright: text, patentAssertions:
  [patent-assertion], cpe: text, purl: text, omniborId: [text], swhid: [text], swid: swid,
  modified: bool, pedigree: pedigree, externalReferences: [external], components: [component],
  evidence: component-evidence, releaseNotes: release-notes, modelCard: model-card, data:
  [component-data], cryptoProperties: crypto-properties, properties: [property], tags: [text],
  signature: object ; never(version, versionRange) with(versionRange, isExternal) }
entity = { bom-ref: ref, name: text, address: postal-address, url: [text], contact: [contact] }
postal-address = { bom-ref: ref, country: text, region: text, locality: text, postOfficeBoxNumber:
  text, postalCode: text, streetAddress: text }
contact = { bom-ref: ref, name: text, email: text, phone: text }
hash = { alg!: hash-alg, content!: hex-digest }
hash-alg = "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "SHA3-256" | "SHA3-384" |
  "SHA3-512" | "BLAKE2b-256" | "BLAKE2b-384" | "BLAKE2b-512" | "BLAKE3" | "Streebog-256" |
  "Streebog-512"
license-entry = { license!: license }
license = { bom-ref: ref, id: spdx-id, name: text, acknowledgement: acknowledgement, text:
  attachment, url: text, licensing: licensing, properties: [property] ; one(id, name) }
acknowledgement = "declared" | "concluded"
attachment = { contentType: text, encoding: "base64", content!: text }
licensing = { altIds: [text], licensor: license-party, licensee: license-party, purchaser:
  license-party, purchaseOrder: text, licenseTypes: ["academic" | "appliance" | "client-access" |
  "concurrent-user" | "core-points" | "custom-metric" | "device" | "evaluation" | "named-user" |
  "node-locked" | "oem" | "perpetual" | "processor-points" | "subscription" | "user" | "other"],
  lastRenewal: date-time, expiration: date-time }
license-party = { organization: entity, individual: contact ; one(organization, individual) }
property = { name!: text, value: text }
license-expression = { expression!: text, expressionDetails: [expression-detail], acknowledgement:
  acknowledgement, bom-ref: ref, licensing: licensing, properties: [property] }
expression-detail = { licenseIdentifier!: text, bom-ref: ref, text: attachment, url: text }
licenses = [license-entry | license-expression]
patent-assertion = { bom-ref: ref, assertionType!: "ownership" | "license" | "third-party-claim" |
  "standards-inclusion" | "prior-art" | "exclusive-rights" | "non-assertion" |
  "research-or-evaluation", patentRefs: [ref], asserter!: entity | contact | ref, notes: text }
swid = { tagId!: text, name!: text, version: text, tagVersion: int, patch: bool, text: attachment,
  url: text }
pedigree = { ancestors: [component], descendants: [component], variants: [component], commits:
  [commit], patches: [patch], notes: text }
commit = { uid: text, url: text, author: identifiable-action, committer: identifiable-action,
  message: text }
identifiable-action = { timestamp: date-time, name: text, email: text }
patch = { type!: "unofficial" | "monkey" | "backport" | "cherry-pick", diff: diff, resolves:
  [issue] }
diff = { text: attachment, url: text }
issue = { type!: "defect" | "enhancement" | "security", id: text, name: text, description: text,
  source: source, references: [text] }
source = { name: text, url: text }
external = { url!: text | bomlink, comment: text, type!: "vcs" | "issue-tracker" | "website" |
  "advisories" | "bom" | "mailing-list" | "social" | "chat" | "documentation" | "support" |
  "source-distribution" | "distribution" | "distribution-intake" | "license" | "build-meta" |
  "build-system" | "release-notes" | "security-contact" | "model-card" | "log" | "configuration" |
  "evidence" | "formulation" | "attestation" | "threat-model" | "adversary-model" |
  "risk-assessment" | "vulnerability-assertion" | "exploitability-statement" | "pentest-report" |
  "static-analysis-report" | "dynamic-analysis-report" | "runtime-analysis-report" |
  "component-analysis-report" | "maturity-report" | "certification-report" |
  "codified-infrastructure" | "quality-metrics" | "poam" | "electronic-signature" |
  "digital-signature" | "rfc-9116" | "patent" | "patent-family" | "patent-assertion" | "citation"
  | "other", hashes: [hash], properties: [property] }
component-evidence = { identity: [identity-evidence] | identity-evidence, occurrences:
  [occurrence], callstack: callstack, licenses: licenses, copyright: [copyright] }
identity-evidence = { field!: "group" | "name" | "version" | "purl" | "cpe" | "omniborId" |
  "swhid" | "swid" | "hash", confidence: unit, concludedValue: text, methods: [method], tools:
  [ref | bomlink] }
method = { technique!: "source-code-analysis" | "binary-analysis" | "manifest-analysis" |
  "ast-fingerprint" | "hash-comparison" | "instrumentation" | "dynamic-analysis" | "filename" |
  "attestation" | "other", confidence!: unit, value: text }
occurrence = { bom-ref: ref, location!: text, line: count, offset: count, symbol: text,
  additionalContext: text }
callstack = { frames: [frame] }
frame = { package: text, module!: text, function: text, parameters: [text], line: int, column:
  int, fullFilename: text }
copyright = { text!: text }
release-notes = { type!: text, title: text, featuredImage: text, socialImage: text, description:
  text, timestamp: date-time, aliases: [text], tags: [text], resolves: [issue], notes: [note],
  properties: [property] }
note = { locale: locale, text!: attachment }
model-card = { bom-ref: ref, modelParameters: model-parameter, quantitativeAnalysis:
  quantitative-analysis, considerations: consideration, properties: [property] }
model-parameter = { approach: approach, task: text, architectureFamily: text, modelArchitecture:
  text, datasets: [component-data | dataset-reference], inputs: [model-format], outputs:
  [model-format] }
approach = { type: "supervised" | "unsupervised" | "reinforcement-learning" | "semi-supervised" |
  "self-supervised" }
component-data = { bom-ref: ref, type!: "source-code" | "configuration" | "dataset" | "definition"
  | "other", name: text, contents: content, classification: text, sensitiveData: [text], graphics:
  graphics-collection, description: text, governance: data-governance }
content = { attachment: attachment, url: text, properties: [property] }
graphics-collection = { description: text, collection: [graphic] }
graphic = { name: text, image: attachment }
data-governance = { custodians: [responsible-party], stewards: [responsible-party], owners:
  [responsible-party] }
responsible-party = { organization: entity, contact: contact ; one(organization, contact) }
dataset-reference = { ref: ref | bomlink }
model-format = { format: text }
quantitative-analysis = { performanceMetrics: [performance-metric], graphics: graphics-collection
  }
performance-metric = { type: text, value: text, slice: text, confidenceInterval:
  confidence-interval }
confidence-interval = { lowerBound: text, upperBound: text }
consideration = { users: [text], useCases: [text], technicalLimitations: [text],
  performanceTradeoffs: [text], ethicalConsiderations: [risk], environmentalConsiderations:
  environmental, fairnessAssessments: [fairness-assessment] }
risk = { name: text, mitigationStrategy: text }
environmental = { energyConsumptions: [energy-consumption], properties: [property] }
energy-consumption = { activity!: "design" | "data-collection" | "data-preparation" | "training" |
  "fine-tuning" | "validation" | "deployment" | "inference" | "other", energyProviders!:
  [energy-provider], activityEnergyCost!: energy-measure, co2CostEquivalent: co2-measure,
  co2CostOffset: co2-measure, properties: [property] }
energy-provider = { bom-ref: ref, description: text, organization!: entity, energySource!: "coal"
  | "oil" | "natural-gas" | "nuclear" | "wind" | "solar" | "geothermal" | "hydropower" | "biofuel"
  | "unknown" | "other", energyProvided!: energy-measure, externalReferences: [external] }
energy-measure = { value!: number, unit!: "kWh" }
co2-measure = { value!: number, unit!: "tCO2eq" }
fairness-assessment = { groupAtRisk: text, benefits: text, harms: text, mitigationStrategy: text }
crypto-properties = { assetType!: "algorithm" | "certificate" | "protocol" |
  "related-crypto-material", algorithmProperties: algorithm-property, certificateProperties:
  certificate-property, relatedCryptoMaterialProperties: related-crypto-material-property,
  protocolProperties: protocol-property, oid: text }
algorithm-property = { primitive: "drbg" | "mac" | "block-cipher" | "stream-cipher" | "signature"
  | "hash" | "pke" | "xof" | "kdf" | "key-agree" | "kem" | "ae" | "combiner" | "key-wrap" |
  "other" | "unknown", algorithmFamily: text, parameterSetIdentifier: text, curve: text,
  ellipticCurve: text, executionEnvironment: "software-plain-ram" | "software-encrypted-ram" |
  "software-tee" | "hardware" | "other" | "unknown", implementationPlatform: "generic" | "x86_32"
  | "x86_64" | "armv7-a" | "armv7-m" | "armv8-a" | "armv8-m" | "armv9-a" | "armv9-m" | "s390x" |
  "ppc64" | "ppc64le" | "other" | "unknown", certificationLevel: ["none" | "fips140-1-l1" |
  "fips140-1-l2" | "fips140-1-l3" | "fips140-1-l4" | "fips140-2-l1" | "fips140-2-l2" |
  "fips140-2-l3" | "fips140-2-l4" | "fips140-3-l1" | "fips140-3-l2" | "fips140-3-l3" |
  "fips140-3-l4" | "cc-eal1" | "cc-eal1+" | "cc-eal2" | "cc-eal2+" | "cc-eal3" | "cc-eal3+" |
  "cc-eal4" | "cc-eal4+" | "cc-eal5" | "cc-eal5+" | "cc-eal6" | "cc-eal6+" | "cc-eal7" |
  "cc-eal7+" | "other" | "unknown"], mode: "cbc" | "ecb" | "ccm" | "gcm" | "cfb" | "ofb" | "ctr" |
  "other" | "unknown", padding: "pkcs5" | "pkcs7" | "pkcs1v15" | "oaep" | "raw" | "other" |
  "unknown", cryptoFunctions: ["generate" | "keygen" | "encrypt" | "decrypt" | "digest" | "tag" |
  "keyderive" | "sign" | "verify" | "encapsulate" | "decapsulate" | "other" | "unknown"],
  classicalSecurityLevel: count, nistQuantumSecurityLevel: zero-to-six }
certificate-property = { serialNumber: text, subjectName: text, issuerName: text, notValidBefore:
  date-time, notValidAfter: date-time, signatureAlgorithmRef: ref, subjectPublicKeyRef: ref,
  certificateFormat: text, certificateExtension: text, certificateFileExtension: text,
  fingerprint: hash, certificateState: [certificate-state | certificate-custom-state],
  creationDate: date-time, activationDate: date-time, deactivationDate: date-time, revocationDate:
  date-time, destructionDate: date-time, certificateExtensions: [certificate-extension |
  certificate-custom-extension], relatedCryptographicAssets: related-cryptographic-assets }
certificate-state = { state!: "pre-activation" | "active" | "suspended" | "deactivated" |
  "revoked" | "destroyed", reason: text }
certificate-custom-state = { name!: text, description: text, reason: text }
certificate-extension = { commonExtensionName!: "basicConstraints" | "keyUsage" |
  "extendedKeyUsage" | "subjectAlternativeName" | "authorityKeyIdentifier" |
  "subjectKeyIdentifier" | "authorityInformationAccess" | "certificatePolicies" |
  "crlDistributionPoints" | "signedCertificateTimestamp", commonExtensionValue!: text }
certificate-custom-extension = { customExtensionName!: text, customExtensionValue: text }
related-cryptographic-asset = { type: text, ref: ref }
related-cryptographic-assets = [related-cryptographic-asset]
related-crypto-material-property = { type: "private-key" | "public-key" | "secret-key" | "key" |
  "ciphertext" | "signature" | "digest" | "initialization-vector" | "nonce" | "seed" | "salt" |
  "shared-secret" | "tag" | "additional-data" | "password" | "credential" | "token" | "other" |
  "unknown", id: text, state: "pre-activation" | "active" | "suspended" | "deactivated" |
  "compromised" | "destroyed", algorithmRef: ref, creationDate: date-time, activationDate:
  date-time, updateDate: date-time, expirationDate: date-time, value: text, size: int, format:
  text, securedBy: secured-by, fingerprint: hash, relatedCryptographicAssets:
  related-cryptographic-assets }
secured-by = { mechanism: text, algorithmRef: ref }
protocol-property = { type: "tls" | "ssh" | "ipsec" | "ike" | "sstp" | "wpa" | "dtls" | "quic" |
  "eap-aka" | "eap-aka-prime" | "prins" | "5g-aka" | "other" | "unknown", version: text,
  cipherSuites: [cipher-suite], ikev2TransformTypes: ikev2-transform-type, cryptoRefArray: [ref],
  relatedCryptographicAssets: related-cryptographic-assets }
cipher-suite = { name: text, algorithms: [ref], identifiers: [text], tlsGroups: [text],
  tlsSignatureSchemes: [text] }
ikev2-transform-type = { encr: [ike-v2-enc] | [ref], prf: [ike-v2-prf] | [ref], integ:
  [ike-v2-integ] | [ref], ke: [ike-v2-ke] | [ref], esn: bool, auth: [ike-v2-auth] | [ref] }
ike-v2-enc = { name: text, keyLength: int, algorithm: ref }
ike-v2-prf = { name: text, algorithm: ref }
ike-v2-integ = { name: text, algorithm: ref }
ike-v2-ke = { group: int, algorithm: ref }
ike-v2-auth = { name: text, algorithm: ref }
service = { bom-ref: ref, provider: entity, group: text, name!: text, version: text, description:
  text, endpoints: [text], authenticated: bool, x-trust-boundary: bool, trustZone: text, data:
  [service-data], licenses: licenses, patentAssertions: [patent-assertion], externalReferences:
  [external], services: [service], releaseNotes: release-notes, properties: [property], tags:
  [text], signature: object }
service-data = { flow!: flow, classification!: text, name: text, description: text, governance:
  data-governance, source: [text | bomlink], destination: [text | bomlink] }
flow = "inbound" | "outbound" | "bi-directional" | "unknown"
tool = { vendor: text, name: text, version: text, hashes: [hash], externalReferences: [external] }
distribution-constraint = { tlp: tlp-classification }
tlp-classification = "CLEAR" | "GREEN" | "AMBER" | "AMBER_AND_STRICT" | "RED"
dependency = { ref!: ref, dependsOn: [ref], provides: [ref] }
composition = { bom-ref: ref, aggregate!: aggregate-type, assemblies: [ref | bomlink],
  dependencies: [text], vulnerabilities: [text], signature: object }
aggregate-type = "complete" | "incomplete" | "incomplete_first_party_only" |
  "incomplete_first_party_proprietary_only" | "incomplete_first_party_opensource_only" |
  "incomplete_third_party_only" | "incomplete_third_party_proprietary_only" |
  "incomplete_third_party_opensource_only" | "unknown" | "not_specified"
vulnerability = { bom-ref: ref, id: text, source: vulnerability-source, references: [reference],
  ratings: [rating], cwes: [positive], description: text, detail: text, recommendation: text,
  workaround: text, proofOfConcept: proof-of-concept, advisories: [advisory], created: date-time,
  published: date-time, updated: date-time, rejected: date-time, credits: credit, tools: tools |
  [tool], analysis: analysis, affects: [affect], properties: [property] }
vulnerability-source = { url: text, name: text }
reference = { id!: text, source!: vulnerability-source }
rating = { source: vulnerability-source, score: number, severity: severity, method: score-method,
  vector: text, justification: text }
severity = "critical" | "high" | "medium" | "low" | "info" | "none" | "unknown"
score-method = "CVSSv2" | "CVSSv3" | "CVSSv31" | "CVSSv4" | "OWASP" | "SSVC" | "other"
proof-of-concept = { reproductionSteps: text, environment: text, supportingMaterial: [attachment]
  ; open }
advisory = { title: text, url!: text }
credit = { organizations: [entity], individuals: [contact] }
analysis = { state: analysis-state, justification: analysis-justification, response:
  ["can_not_fix" | "will_not_fix" | "update" | "rollback" | "workaround_available"], detail: text,
  firstIssued: date-time, lastUpdated: date-time }
analysis-state = "resolved" | "resolved_with_pedigree" | "exploitable" | "in_triage" |
  "false_positive" | "not_affected"
analysis-justification = "code_not_present" | "code_not_reachable" | "requires_configuration" |
  "requires_dependency" | "requires_environment" | "protected_by_compiler" |
  "protected_at_runtime" | "protected_at_perimeter" | "protected_by_mitigating_control"
affect = { ref!: ref | bomlink, versions: [version] }
version = { version: text, range: ref, status: affected-status ; one(version, range) }
affected-status = "affected" | "unaffected" | "unknown"
annotation = { bom-ref: ref, subjects!: [ref | bomlink], annotator!: annotator, timestamp!:
  date-time, text!: text, signature: object }
annotator = { organization: entity, individual: contact, component: component, service: service ;
  one(organization, individual, component, service) }
formula = { bom-ref: ref, components: [component], services: [service], workflows: [workflow],
  properties: [property] }
workflow = { bom-ref!: ref, uid!: text, name: text, description: text, resourceReferences:
  [resource], tasks: [task], taskDependencies: [dependency], taskTypes!: [task-type], trigger:
  trigger, steps: [step], inputs: [input-type], outputs: [output-type], timeStart: date-time,
  timeEnd: date-time, workspaces: [workspace], runtimeTopology: [dependency], properties:
  [property] }
resource = { ref: ref | bomlink, externalReference: external ; one(ref, externalReference) }
task = { bom-ref!: ref, uid!: text, name: text, description: text, resourceReferences: [resource],
  taskTypes!: [task-type], trigger: trigger, steps: [step], inputs: [input-type], outputs:
  [output-type], timeStart: date-time, timeEnd: date-time, workspaces: [workspace],
  runtimeTopology: [dependency], properties: [property] }
task-type = "copy" | "clone" | "lint" | "scan" | "merge" | "build" | "test" | "deliver" | "deploy"
  | "release" | "clean" | "other"
trigger = { bom-ref!: ref, uid!: text, name: text, description: text, resourceReferences:
  [resource], type!: "manual" | "api" | "webhook" | "scheduled", event: event, conditions:
  [condition], timeActivated: date-time, inputs: [input-type], outputs: [output-type], properties:
  [property] }
event = { uid: text, description: text, timeReceived: date-time, data: attachment, source:
  resource, target: resource, properties: [property] }
condition = { description: text, expression: text, properties: [property] }
input-type = { source: resource, target: resource, resource: resource, parameters: [parameter],
  environmentVars: [property | text], data: attachment, properties: [property] ; one(resource,
  parameters, environmentVars, data) }
parameter = { name: text, value: text, dataType: text }
output-type = { type: "artifact" | "attestation" | "log" | "evidence" | "metrics" | "other",
  source: resource, target: resource, resource: resource, data: attachment, environmentVars:
  [property | text], properties: [property] ; one(resource, environmentVars, data) }
step = { name: text, description: text, commands: [command], properties: [property] }
command = { executed: text, properties: [property] }
workspace = { bom-ref!: ref, uid!: text, name: text, aliases: [text], description: text,
  resourceReferences: [resource], accessMode: "read-only" | "read-write" | "read-write-once" |
  "write-once" | "write-only", mountPath: text, managedDataType: text, volumeRequest: text,
  volume: volume, properties: [property] }
volume = { uid: text, name: text, mode: "filesystem" | "block", path: text, sizeAllocated: text,
  persistent: bool, remote: bool, properties: [property] }
declaration = { assessors: [assessor], attestations: [attestation], claims: [claim], evidence:
  [evidence], targets: target, affirmation: affirmation, signature: object }
assessor = { bom-ref: ref, thirdParty: bool, organization: entity }
attestation = { summary: text, assessor: ref, map: [map], signature: object }
map = { requirement: ref, claims: [ref], counterClaims: [ref], conformance: conformance,
  confidence: confidence }
conformance = { score: unit, rationale: text, mitigationStrategies: [ref] }
confidence = { score: unit, rationale: text }
claim = { bom-ref: ref, target: ref, predicate: text, mitigationStrategies: [ref], reasoning:
  text, evidence: [ref], counterEvidence: [ref], externalReferences: [external], signature: object
  }
evidence = { bom-ref: ref, propertyName: text, description: text, data: [data], created:
  date-time, expires: date-time, author: contact, reviewer: contact, signature: object }
data = { name: text, contents: data-content, classification: text, sensitiveData: [text],
  governance: data-governance }
data-content = { attachment: attachment, url: text }
target = { organizations: [entity], components: [component], services: [service] }
affirmation = { statement: text, signatories: [signatory], signature: object }
signatory = { name: text, role: text, signature: object, organization: entity, externalReference:
  external ; one(signature, externalReference+organization) }
definition = { standards: [standard], patents: [patent | patent-family] }
standard = { bom-ref: ref, name: text, version: text, description: text, owner: text,
  requirements: [requirement], levels: [level], externalReferences: [external], signature: object
  }
requirement = { bom-ref: ref, identifier: text, title: text, text: text, descriptions: [text],
  openCre: [cre], parent: ref, properties: [property], externalReferences: [external] }
level = { bom-ref: ref, identifier: text, title: text, description: text, requirements: [ref] }
patent = { bom-ref: ref, patentNumber!: patent-number, applicationNumber: patent-number,
  jurisdiction!: country, priorityApplication: priority-application, publicationNumber:
  patent-number, title: text, abstract: text, filingDate: date, grantDate: date,
  patentExpirationDate: date, patentLegalStatus!: "pending" | "granted" | "revoked" | "expired" |
  "lapsed" | "withdrawn" | "abandoned" | "suspended" | "reinstated" | "opposed" | "terminated" |
  "invalidated" | "in-force", patentAssignee: [contact | entity], externalReferences: [external] }
priority-application = { applicationNumber!: patent-number, jurisdiction!: country, filingDate!:
  date }
patent-family = { bom-ref: ref, familyId!: text, priorityApplication: priority-application,
  members: [ref], externalReferences: [external] }
citation = { bom-ref: ref, pointers: [text]+, expressions: [text]+, timestamp!: date-time,
  attributedTo: ref, process: ref, note: text, signature: object ; one(pointers, expressions)
  some(attributedTo, process) }
)";
// clang-format on

}  // namespace

const Shape& cyclonedx_shape() {
  static const Shape shape(kGrammar);
  return shape;
}

}  // namespace z5::document
