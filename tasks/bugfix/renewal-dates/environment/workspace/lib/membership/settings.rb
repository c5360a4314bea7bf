require "yaml"

module Membership
  Plan = Struct.new(:months, :cents)

  class Settings
    attr_reader :collector, :notice_h, :tolerance_h

    def self.load(path)
      new(YAML.safe_load(File.read(path)))
    end

    def initialize(values)
      @plans = values.fetch("plans")
      @collector = values.fetch("collector")
      @notice_h = Integer(values.fetch("notice_h"))
      @tolerance_h = Integer(values.fetch("tolerance_h"))
    end

    def plan(name)
      plan = @plans.fetch(name) { abort "no plan #{name}, only #{@plans.keys.join(', ')}" }
      Plan.new(Integer(plan.fetch("months")), Integer(plan.fetch("cents")))
    end
  end
end
