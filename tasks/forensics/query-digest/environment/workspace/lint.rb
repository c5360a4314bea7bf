# Says what digest.yaml lacks, or "complete".
require "yaml"

digest = YAML.safe_load(File.read(File.join(__dir__, "digest.yaml")))
wanted = [
  %w[ticket], %w[threshold_ms], %w[slow_statements],
  %w[worst fingerprint], %w[worst statements], %w[worst total_ms],
  %w[index name], %w[index built_by]
]
missing = wanted.reject { |path| digest.dig(*path) }.map { |path| path.join(".") }
if missing.empty?
  puts "complete"
else
  warn "digest.yaml lacks #{missing.join(', ')}"
  exit 1
end
