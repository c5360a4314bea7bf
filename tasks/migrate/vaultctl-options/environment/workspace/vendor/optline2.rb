# frozen_string_literal: true

# optline 2.3
module Optline2
  # Raised with on_error: :raise only.
  class UsageError < StandardError; end

  Option = Struct.new(:type, :default, :repeat, :split)
  TYPES = {
    String => ->(text) { text },
    Integer => ->(text) { Integer(text, 10) },
    seconds: ->(text) { Integer(text, 10) * 1000 }
  }.freeze

  class Command
    def initialize(name, permute: false, abbreviate: false, env_prefix: nil, on_error: :exit)
      @name, @permute, @abbreviate, @prefix, @on_error = name, permute, abbreviate, env_prefix, on_error
      @options = {}
    end

    def switch(key, default: false)
      @options[key] = Option.new(nil, default, :last)
    end

    def option(key, type: String, default: nil, repeat: :error)
      @options[key] = Option.new(TYPES.fetch(type), default, repeat)
    end

    def list(key, split: nil, default: [], repeat: :append)
      @options[key] = Option.new(TYPES[String], default, repeat, split)
    end

    # Returns the options (symbols) and the operands.
    def call(argv, env: ENV)
      values, given, operands, words = defaults(env), {}, [], argv.dup
      until words.empty?
        word = words.shift
        break operands.concat(words) if word == "--"
        next take(word, words, values, given) if word.start_with?("--")

        operands << word
        break operands.concat(words) unless @permute
      end
      [values, operands]
    rescue UsageError => e
      raise if @on_error == :raise

      puts "usage: #{@name} [options]", e.message
      exit 64
    end

    private

    def defaults(env)
      @options.to_h do |key, option|
        text = env["#{@prefix}#{key.upcase}"] if @prefix
        [key, text && option.type ? convert(option, text) : option.default]
      end
    end

    def take(word, words, values, given)
      name, text = word.delete_prefix("--").split("=", 2)
      key = find(name)
      option = @options[key]
      return values[key] = true unless option.type

      found = convert(option, text || words.shift || raise(UsageError, "option --#{name} needs a value"))
      raise UsageError, "option --#{name} is given twice" if given[key] && option.repeat == :error

      values[key] = given[key] && option.repeat == :append ? values[key] + found : found
      given[key] = true
    end

    def find(name)
      keys = @options.keys.select { |key| key.to_s.tr("_", "-") == name }
      keys = @options.keys.select { |key| key.to_s.tr("_", "-").start_with?(name) } if keys.empty? && @abbreviate
      keys.size == 1 ? keys.first : raise(UsageError, "no option --#{name}")
    end

    def convert(option, text)
      return option.split ? text.split(option.split) : [text] if option.default.is_a?(Array)

      option.type.call(text)
    rescue ArgumentError
      raise UsageError, "#{text} is no whole number"
    end
  end
end
