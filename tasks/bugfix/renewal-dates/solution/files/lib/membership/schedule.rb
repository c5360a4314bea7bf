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

      (1..).each do |period|
        day = Calendar.later(@start, period * @plan.months)
        yield Renewal.new(day, Calendar.working_day(day), @plan.cents)
      end
    end
  end
end
