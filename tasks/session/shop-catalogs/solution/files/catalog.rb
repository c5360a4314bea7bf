# Texts of the shop: ruby catalog.rb check | LANGUAGE KEY
require "yaml"

NEEDED = %w[brand help.hotline promo.voucher].freeze

def load_texts(language)
  YAML.safe_load(File.read("locales/#{language}.yml", encoding: "UTF-8"))[language]
end

def look_up(language, key)
  load_texts(language).dig(*key.split(".")) || (look_up("en", key) unless language == "en")
end

if ARGV == ["check"]
  missing = %w[en de].product(NEEDED).reject { |language, key| load_texts(language).dig(*key.split(".")) }
  puts missing.empty? ? "complete" : "missing: #{missing.map { |pair| pair.join(" ") }.join(", ")}"
  exit missing.empty?
end
text = look_up(*ARGV)
abort "no text #{ARGV[1]}" unless text
puts text
