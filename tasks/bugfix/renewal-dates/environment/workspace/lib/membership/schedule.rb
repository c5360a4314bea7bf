require "membership/calendar"

module Membership
  Renewal = Struct.new(:day, :collected, :cents)

  # A member's renewals, one after another.
  class Schedule
    include Enumerable

    def initialize(start, plan)
      @start = start
      @plan = plan
    end

    def each
      return enum_for unless block_given?

      day = @start
      loop do
        day = Calendar.later(day, @plan.months)
        yield Renewal.new(day, Calendar.working_day(day), @plan.cents)
      end
    end
  end
end
